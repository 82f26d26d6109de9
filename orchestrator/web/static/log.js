// The log of an attempt: goes on by itself while it runs, and is searched where it stands.
(() => {
  "use strict";
  const MOST = 2_000_000;

  document.addEventListener("DOMContentLoaded", () => {
    const box = document.getElementById("log");
    const search = document.getElementById("log-search");
    const follow = document.getElementById("log-follow");
    const found = document.getElementById("log-found");
    const lost = document.getElementById("lost");
    let text = box.textContent, offset = Number(box.dataset.offset), quiet = 0;

    function draw() {
      const wanted = search.value.trim().toLowerCase();
      found.textContent = "";
      if (!wanted) {
        box.textContent = text || box.dataset.empty;
      } else {
        const lines = text.split("\n"), kept = document.createDocumentFragment();
        let count = 0;
        for (const line of lines) {
          const at = line.toLowerCase().indexOf(wanted);
          if (at < 0) continue;
          count += 1;
          if (count > 2000) continue;
          const mark = document.createElement("mark");
          mark.textContent = line.slice(at, at + wanted.length);
          kept.append(line.slice(0, at), mark, line.slice(at + wanted.length), "\n");
        }
        box.replaceChildren(kept);
        const many = new Intl.NumberFormat(document.documentElement.lang).format(count);
        found.textContent = count === 1 ? found.dataset.one : found.dataset.text.replace(/[0۰]/, many);
      }
      if (follow.checked) box.scrollTop = box.scrollHeight;
    }

    async function more() {
      let wait = 1000;
      if (follow.checked && !document.hidden) {
        try {
          const answer = await fetch(`${box.dataset.url}?offset=${offset}`, { headers: { "X-Tenant": box.dataset.tenant } });
          if (answer.status === 401) { location.reload(); return; }
          const next = Number(answer.headers.get("Next-Offset"));
          const piece = await answer.text();
          if (answer.ok && next > offset) {
            offset = next;
            text = (text + piece).slice(-MOST);
            quiet = 0;
            wait = 100;
            draw();
          } else wait = 1000 + ++quiet * 250;
          lost.hidden = answer.ok;
        } catch {
          wait = 1000 + ++quiet * 250;
          lost.hidden = false;
        }
      }
      // A log comes in pieces: the next one at once, and looks for new lines less and less often.
      setTimeout(more, Math.min(wait, 5000));
    }

    search.addEventListener("input", draw);
    draw();
    more();
  });
})();
