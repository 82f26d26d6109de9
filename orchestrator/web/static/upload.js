// Sends a template with progress: small ones at once, large ones in parts that outlive a reload.
(() => {
  "use strict";
  const SMALL = 8 * 1024 * 1024, PIECE = 4 * 1024 * 1024, TRIES = 5;
  const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-upload]");
    if (!form) return;
    event.preventDefault();
    begin(form);
  });

  class Refused extends Error {}

  async function begin(form) {
    const file = form.querySelector("input[type=file]").files[0];
    const told = form.querySelector("[role=status]"), bar = form.querySelector("progress");
    const stop = form.querySelector("[data-stop]"), go = form.querySelector("button:not([data-stop])");
    if (!file) return;
    told.className = "faint";
    if (file.size > Number(form.dataset.max)) { told.textContent = form.dataset.large; return; }
    const stopper = new AbortController();
    stop.onclick = () => stopper.abort();
    bar.max = file.size;
    bar.value = 0;
    bar.hidden = stop.hidden = false;
    go.disabled = true;
    const turn = { form, file, signal: stopper.signal, show: (bytes, text) => {
      bar.value = bytes;
      told.textContent = text || percent.format(bytes / file.size);
    } };
    try {
      await (file.size < SMALL ? sendWhole(turn) : sendParts(turn));
      told.textContent = form.dataset.done;
      location.reload();
    } catch (error) {
      const stopped = stopper.signal.aborted;
      told.className = stopped ? "faint" : "notice bad";
      told.textContent = stopped ? form.dataset.stopped : `${form.dataset.failed} ${error.message}`;
      stop.hidden = bar.hidden = true;
      go.disabled = false;
    }
  }

  function sendWhole(turn) {
    const body = new FormData();
    body.append("file", turn.file, turn.file.name);
    return call(turn, "POST", turn.form.dataset.upload, body, {}, (sent, all) =>
      turn.show(Math.min(sent, turn.file.size), sent === all ? turn.form.dataset.checking : ""));
  }

  // The upload's id is kept by project, name and size; the hash proves that it is the same file.
  async function sendParts(turn) {
    const { form, file } = turn;
    const place = ["upload", form.dataset.project, file.name, file.size].join(":");
    const sha256 = await hash(turn);
    const upload = await kept(turn, place, sha256) || await ask(turn, "POST", "/v1/uploads", {
      project_id: form.dataset.project, name: file.name.slice(0, 200), size_bytes: file.size, sha256,
    });
    localStorage.setItem(place, upload.id);
    const here = numbers(upload.parts_received);
    let sent = upload.received_bytes;
    for (let number = 1; number <= upload.parts_total; number++) {
      if (here.has(number)) continue;
      const from = (number - 1) * upload.part_size_bytes;
      const part = file.slice(from, from + upload.part_size_bytes);
      const note = (bytes) => turn.show(sent + Math.min(bytes, part.size),
        `${percent.format((sent + Math.min(bytes, part.size)) / file.size)} (${number} / ${upload.parts_total})`);
      await again(turn, () => call(turn, "PUT", `/v1/uploads/${upload.id}/parts/${number}`, part,
        { "Content-Type": "application/octet-stream" }, note));
      sent += part.size;
    }
    turn.show(file.size, form.dataset.checking);
    try {
      await again(turn, () => call(turn, "POST", `/v1/uploads/${upload.id}/complete`, null));
    } catch (error) {
      if (error instanceof Refused) localStorage.removeItem(place);
      throw error;
    }
    localStorage.removeItem(place);
  }

  async function hash(turn) {
    const sum = new Sha256();
    for (let at = 0; at < turn.file.size; at += PIECE) {
      if (turn.signal.aborted) throw new Error();
      sum.update(new Uint8Array(await turn.file.slice(at, at + PIECE).arrayBuffer()));
      turn.show(at, `${turn.form.dataset.reading} ${percent.format(at / turn.file.size)}`);
      await new Promise((done) => setTimeout(done));
    }
    return sum.hex();
  }

  async function kept(turn, place, sha256) {
    const id = localStorage.getItem(place);
    if (!id) return null;
    try {
      const upload = await ask(turn, "GET", `/v1/uploads/${encodeURIComponent(id)}`);
      return upload.state === "open" && upload.sha256 === sha256 ? upload : null;
    } catch (error) {
      if (error instanceof Refused) return null;
      throw error;
    }
  }

  function numbers(text) {
    const found = new Set();
    for (const span of text.split(",").filter(Boolean)) {
      const [first, last = first] = span.split("-").map(Number);
      for (let number = first; number <= last; number++) found.add(number);
    }
    return found;
  }

  // A line that breaks is tried again; what the server refuses is not.
  async function again(turn, send) {
    for (let round = 1; ; round++) {
      try {
        return await send();
      } catch (error) {
        if (error instanceof Refused || turn.signal.aborted || round === TRIES) throw error;
        await new Promise((done) => setTimeout(done, 1000 * 2 ** (round - 1)));
      }
    }
  }

  async function ask(turn, method, path, body) {
    const text = body ? JSON.stringify(body) : null;
    const answer = await again(turn, () => call(turn, method, path, text, { "Content-Type": "application/json" }));
    return JSON.parse(answer);
  }

  function call(turn, method, path, body, headers = {}, note = () => {}) {
    return new Promise((done, fail) => {
      const one = new XMLHttpRequest();
      one.open(method, path);
      one.setRequestHeader("X-CSRF-Token", turn.form.dataset.csrf);
      one.setRequestHeader("X-Tenant", turn.form.dataset.tenant);
      for (const [name, value] of Object.entries(headers)) one.setRequestHeader(name, value);
      one.upload.onprogress = (event) => note(event.loaded, event.total);
      const stop = () => one.abort();
      turn.signal.addEventListener("abort", stop, { once: true });
      one.onloadend = async () => {
        turn.signal.removeEventListener("abort", stop);
        if (one.status >= 200 && one.status < 300) return done(one.responseText);
        const told = await refusalOf(one.responseText) || turn.form.dataset.lost;
        fail(one.status >= 400 && one.status < 500 && one.status !== 429 ? new Refused(told) : new Error(told));
      };
      one.send(body);
    });
  }
})();
