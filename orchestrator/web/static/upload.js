// Sends a template with progress; what the guard refuses is shown with its entry.
(() => {
  "use strict";
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-upload]");
    if (!form) return;
    event.preventDefault();
    send(form);
  });

  function send(form) {
    const file = form.querySelector("input[type=file]").files[0];
    const bar = form.querySelector("progress"), told = form.querySelector("[role=status]");
    const stop = form.querySelector("[data-stop]"), go = form.querySelector("button:not([data-stop])");
    if (!file) return;
    if (file.size > Number(form.dataset.max)) { told.textContent = form.dataset.large; return; }
    const body = new FormData();
    body.append("file", file, file.name);
    const call = new XMLHttpRequest();
    call.open("POST", form.dataset.upload);
    call.setRequestHeader("X-CSRF-Token", form.dataset.csrf);
    call.setRequestHeader("X-Tenant", form.dataset.tenant);
    bar.hidden = stop.hidden = false;
    go.disabled = true;
    stop.onclick = () => call.abort();
    call.upload.onprogress = (event) => {
      bar.max = event.total;
      bar.value = event.loaded;
      const part = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" }).format(event.loaded / event.total);
      told.textContent = event.loaded === event.total ? form.dataset.checking : part;
    };
    call.onloadend = () => {
      stop.hidden = bar.hidden = true;
      go.disabled = false;
      if (call.status === 201) { told.textContent = form.dataset.done; location.reload(); return; }
      told.textContent = form.dataset.failed + " " + reason(call);
      told.className = "notice bad";
    };
    call.send(body);
  }

  function reason(call) {
    try {
      const problem = JSON.parse(call.responseText);
      return [problem.detail, ...(problem.problems || []).map((one) => `${one.place}: ${one.message}`)].join(" ");
    } catch {
      return "";
    }
  }
})();
