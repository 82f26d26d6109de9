// The editor of scenes: opens the row that was changed, fills a new scene from its composition.
(() => {
  "use strict";
  function openAtHash() {
    const row = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (!row || row.tagName !== "DETAILS") return;
    row.open = true;
    row.scrollIntoView({ block: "nearest" });
    row.querySelector("summary").focus({ preventScroll: true });
  }

  document.addEventListener("DOMContentLoaded", openAtHash);
  window.addEventListener("hashchange", openAtHash);

  // What a person typed stays; what came from the composition before goes with it.
  const filled = new Map();

  function fill(input, value) {
    if (input.value && input.value !== filled.get(input)) return;
    input.value = value;
    filled.set(input, value);
  }

  document.addEventListener("change", (event) => {
    const pick = event.target.closest("form[data-comps] select[name=comp]");
    if (!pick) return;
    const fields = pick.form.elements, option = pick.selectedOptions[0];
    fill(fields.key, pick.value);
    fill(fields.title, pick.value);
    fill(fields.duration_s, option.dataset.duration || "");
  });
})();
