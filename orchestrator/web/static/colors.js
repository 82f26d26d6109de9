// Shows shared colours at once in the traced pictures, and sends pictures to be traced.
(() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";
  const HEX = /^#[0-9a-f]{6}$/;
  const pictures = [];

  // A copy of its paths alone takes the picture's place: nothing else of a file comes into the page.
  function copyOf(text, label) {
    const parsed = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    if (parsed.localName !== "svg") return null;
    const copy = document.createElementNS(SVG, "svg");
    copy.setAttribute("viewBox", parsed.getAttribute("viewBox") || "0 0 1 1");
    copy.setAttribute("role", "img");
    copy.setAttribute("aria-label", label);
    copy.setAttribute("class", "picture");
    for (const path of parsed.children) {
      const fill = path.getAttribute("fill") || "";
      if (path.localName !== "path" || !HEX.test(fill)) continue;
      const made = document.createElementNS(SVG, "path");
      for (const name of ["d", "transform"])
        if (path.hasAttribute(name)) made.setAttribute(name, path.getAttribute(name));
      made.setAttribute("fill", fill);
      made.dataset.fill = fill;
      copy.append(made);
    }
    return copy;
  }

  async function load(figure) {
    const answer = await fetch(figure.dataset.svg);
    if (!answer.ok) return;
    const image = figure.querySelector("img");
    const copy = copyOf(await answer.text(), image.alt);
    if (!copy) return;
    image.replaceWith(copy);
    pictures.push({ copy, keys: JSON.parse(figure.dataset.keys) });
  }

  function show(colors) {
    for (const { copy, keys } of pictures)
      for (const path of copy.children) {
        const color = colors[keys[path.dataset.fill]];
        if (color && HEX.test(color)) path.setAttribute("fill", color);
      }
  }

  // What was touched counts before what was not; a colour that follows another goes with it.
  function current() {
    const found = {}, inputs = [...document.querySelectorAll(".editrow input[data-key], .tryform input[data-key]")];
    for (const touched of [false, true])
      for (const input of inputs)
        if ((input.value !== input.defaultValue) === touched) found[input.dataset.key] = input.value;
    for (const input of inputs)
      if (input.dataset.follows && input.value === input.defaultValue && found[input.dataset.follows])
        found[input.dataset.key] = found[input.dataset.follows];
    return found;
  }

  document.addEventListener("input", (event) => {
    const input = event.target.closest("input[data-key]");
    if (input) show({ ...current(), [input.dataset.key]: input.value });
  });
  document.addEventListener("reset", () => setTimeout(() => show(current())));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-colors]");
    if (button) show({ ...current(), ...JSON.parse(button.dataset.colors) });
  });
  document.addEventListener("DOMContentLoaded", async () => {
    await Promise.allSettled([...document.querySelectorAll("figure[data-svg]")].map(load));
    if (document.querySelector(".tryform")) show(current());
    document.documentElement.dataset.traced = String(pictures.length);
  });

  async function send(form, path, body, headers = {}) {
    const answer = await fetch(path, {
      method: "POST", body,
      headers: { "X-CSRF-Token": form.dataset.csrf, "X-Tenant": form.dataset.tenant, ...headers },
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(await refusalOf(text) || String(answer.status));
    return text ? JSON.parse(text) : {};
  }

  async function trace(form) {
    const told = form.querySelector("[role=status]"), go = form.querySelector("button");
    const file = form.querySelector("input[type=file]").files[0];
    if (!file) return;
    told.className = "faint";
    told.textContent = form.dataset.checking;
    go.disabled = true;
    try {
      const body = new FormData();
      body.append("file", file, file.name);
      const kept = await send(form, "/v1/files", body);
      const wanted = { file_id: kept.id, scene_key: form.elements.scene.value || null };
      await send(form, form.dataset.trace, JSON.stringify(wanted), { "Content-Type": "application/json" });
      location.reload();
    } catch (error) {
      told.className = "notice bad";
      told.textContent = `${form.dataset.failed} ${error.message}`;
      go.disabled = false;
    }
  }

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-trace]");
    if (!form) return;
    event.preventDefault();
    trace(form);
  });
})();
