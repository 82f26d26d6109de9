// The review of a scan: a scene's changes are loaded when it is opened, and chosen with it.
(() => {
  "use strict";
  function set(group, checked) {
    for (const box of group.querySelectorAll("input[name=pick]:not([data-removed]), input[name=rest]")) box.checked = checked;
  }

  document.addEventListener("toggle", async (event) => {
    const details = event.target.closest("details[data-url]");
    if (!details || !details.open) return;
    const url = details.dataset.url, body = details.querySelector("div");
    delete details.dataset.url;
    body.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(url);
      const text = await answer.text();
      body.innerHTML = text;
      if (!answer.ok) throw new Error(String(answer.status));
      const whole = details.parentElement.querySelector("input[name=whole]");
      if (whole && !whole.checked) set(details, false);
    } catch {
      details.dataset.url = url;
    } finally {
      body.removeAttribute("aria-busy");
    }
  }, true);

  // The box of a scene chooses what is in it; one that is chosen alone leaves the scene's box so.
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.name === "whole") set(box.closest(".group"), box.checked);
    if (box.dataset.all === "whole") for (const group of document.querySelectorAll(".group")) set(group, box.checked);
    if (box.name === "pick") {
      const whole = box.closest(".group").querySelector("input[name=whole]");
      const picks = [...box.closest(".group").querySelectorAll("input[name=pick]:not([data-removed])")];
      if (whole) whole.checked = picks.some((one) => one.checked);
    }
  });
})();
