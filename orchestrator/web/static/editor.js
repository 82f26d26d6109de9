// The editor of scenes: opens the row that was changed, moves rows, fills a scene from its composition.
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
    if (!input || input.value && input.value !== filled.get(input)) return;
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

  // A row is dragged by its grip to another place of its list; the buttons do the same by keyboard.
  let dragged = null;

  function rowOver(event) {
    const row = event.target.closest("[data-list] > [data-place]");
    return dragged && row && row !== dragged && row.parentElement === dragged.parentElement ? row : null;
  }

  function unmark() {
    for (const row of document.querySelectorAll(".drop")) row.classList.remove("drop");
  }

  document.addEventListener("dragstart", (event) => {
    const grip = event.target.closest && event.target.closest(".grip");
    if (!grip) return;
    dragged = grip.closest("[data-place]");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.id);
    event.dataTransfer.setDragImage(dragged, 10, 10);
  });
  document.addEventListener("dragover", (event) => {
    const row = rowOver(event);
    if (!row) return;
    event.preventDefault();
    unmark();
    row.classList.add("drop");
  });
  document.addEventListener("dragend", () => { unmark(); dragged = null; });
  document.addEventListener("drop", (event) => {
    const row = rowOver(event);
    if (!row) return;
    event.preventDefault();
    move(dragged, row.dataset.place);
  });

  function move(row, place) {
    const button = row.querySelector("button[formaction$='/move']");
    const form = button.form, input = document.createElement("input");
    input.type = "hidden";
    input.name = "place";
    input.value = place;
    form.action = button.getAttribute("formaction");
    form.append(input);
    form.submit();
  }
})();
