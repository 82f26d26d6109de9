// Sends a picture, video or sound as soon as it is chosen, and chooses it in the list beside it.
(() => {
  "use strict";
  const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });
  const running = new Map();

  document.addEventListener("change", (event) => {
    const input = event.target.closest("input[type=file][data-media]");
    if (input && input.files[0]) send(input);
  });

  document.addEventListener("click", (event) => {
    const stop = event.target.closest(".send [data-stop]");
    if (stop) running.get(stop.parentElement.querySelector("input"))?.abort();
  });

  // A form goes nowhere while a file of it is on its way, or the file would be left out.
  document.addEventListener("submit", (event) => {
    const busy = [...running.keys()].find((input) => event.target.contains(input));
    if (!busy) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    say(busy, event.target.dataset.busy, true);
    busy.focus();
  }, true);

  function say(input, text, bad = false) {
    const told = input.parentElement.querySelector("[role=status]");
    told.textContent = text;
    told.className = bad ? "wrong" : "faint";
  }

  function send(input) {
    const form = input.closest("form"), words = form.dataset, file = input.files[0];
    const bar = input.parentElement.querySelector("progress"), stop = input.parentElement.querySelector("[data-stop]");
    running.get(input)?.abort();
    if (file.size > Number(words.max)) { say(input, words.large, true); input.value = ""; return; }
    const call = new XMLHttpRequest(), body = new FormData();
    body.append("file", file, file.name);
    call.open("POST", "/v1/files");
    call.setRequestHeader("X-CSRF-Token", words.csrf);
    call.setRequestHeader("X-Tenant", words.tenant);
    call.upload.onprogress = (event) => {
      bar.max = event.total;
      bar.value = event.loaded;
      say(input, event.loaded === event.total ? words.checking : percent.format(event.loaded / event.total));
    };
    call.onloadend = async () => {
      if (running.get(input) !== call) return;
      running.delete(input);
      bar.hidden = stop.hidden = true;
      input.value = "";
      if (call.status === 201) return choose(form, input, JSON.parse(call.responseText), file);
      say(input, call.status ? `${words.failed} ${await refusalOf(call.responseText)}` : words.lost, true);
    };
    call.onabort = () => {
      if (running.get(input) !== call) return;
      running.delete(input);
      bar.hidden = stop.hidden = true;
      input.value = "";
      say(input, words.stopped);
    };
    running.set(input, call);
    bar.value = 0;
    bar.hidden = stop.hidden = false;
    say(input, "");
    call.send(body);
  }

  // Other fields that take such a file offer it from now on.
  function choose(form, input, kept, file) {
    for (const list of form.querySelectorAll("select[data-kinds]")) {
      if (!list.dataset.kinds.split(" ").includes(kept.kind)) continue;
      if (![...list.options].some((one) => one.value === kept.id)) list.add(new Option(file.name, kept.id), 1);
      if (list.id !== input.dataset.media) continue;
      list.value = kept.id;
      list.dispatchEvent(new Event("change", { bubbles: true }));
    }
    const chosen = document.getElementById(input.dataset.media);
    const takes = chosen && chosen.value === kept.id;
    say(input, takes ? form.dataset.sent : form.dataset.failed, !takes);
  }
})();
