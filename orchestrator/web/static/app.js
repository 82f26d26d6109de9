// What the pages do in the browser: local times, questions before dangerous actions, live parts.
(() => {
  "use strict";
  const locale = document.documentElement.lang === "fa" ? "fa-IR-u-ca-persian" : "en-GB";
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
  const short = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  const near = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: "medium" });
  // The year is left out of what is less than half a year away; the title has it.
  const NEAR_MS = 180 * 86400 * 1000;
  const ago = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const steps = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

  function since(date) {
    const seconds = Math.round((date - Date.now()) / 1000);
    const [unit, size] = steps.find(([, size]) => Math.abs(seconds) >= size) || steps[3];
    return ago.format(Math.round(seconds / size), unit);
  }

  function localise(root) {
    for (const element of root.querySelectorAll("time[datetime]")) {
      const date = new Date(element.dateTime);
      if (Number.isNaN(date.getTime())) continue;
      const kind = element.dataset.kind;
      const shown = kind === "ago" ? since(date) : (kind === "day" ? day : kind === "clock" ? clock : Math.abs(date - Date.now()) < NEAR_MS ? near : short).format(date);
      if (element.textContent !== shown) element.textContent = shown;
      element.title = short.format(date);
    }
  }

  // What a call of the API was refused with, in the page's language; empty where it does not say.
  window.refusalOf = async (text) => {
    let found;
    try {
      const { code, detail, problems = [] } = JSON.parse(text);
      found = [{ code, place: "", message: detail }, ...problems.slice(0, 5)];
    } catch {
      return "";
    }
    const asked = new URLSearchParams();
    for (const one of found) {
      asked.append("code", one.code);
      asked.append("place", one.place.slice(0, 200));
      asked.append("message", one.message.slice(0, 500));
    }
    try {
      const answer = await fetch(`/admin/words?${asked}`);
      if (answer.ok) return await answer.text();
    } catch {
      // The line is gone; the server's own words are better than none.
    }
    return found.map((one) => one.message).join(" ");
  };

  // What is chosen in a list, for the question: "Cancel · 12".
  function chosen(form) {
    const wish = form.querySelector("select[name=wish]");
    if (!wish) return "";
    const count = form.querySelectorAll("tbody input[type=checkbox]:checked").length;
    return ` ${wish.selectedOptions[0].textContent} · ${new Intl.NumberFormat(document.documentElement.lang).format(count)}`;
  }

  function ask(form, submitter) {
    const dialog = document.getElementById("confirm");
    dialog.querySelector("#confirm-text").textContent = form.dataset.confirm + chosen(form);
    dialog.returnValue = "";
    dialog.addEventListener("close", () => {
      if (dialog.returnValue !== "yes") return;
      form.dataset.sure = "yes";
      form.requestSubmit(submitter || undefined);
    }, { once: true });
    dialog.showModal();
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.confirm && form.dataset.sure !== "yes") {
      event.preventDefault();
      ask(form, event.submitter);
      return;
    }
    if (form.method === "post" && !form.hasAttribute("hx-post")) setTimeout(() => {
      for (const button of form.querySelectorAll("button")) button.disabled = true;
      event.submitter?.setAttribute("aria-busy", "true");
    });
  });
  window.addEventListener("pageshow", () => {
    for (const button of document.querySelectorAll("form button:disabled:not([data-off])")) {
      button.disabled = false;
      button.removeAttribute("aria-busy");
    }
  });

  // A filter goes to the address as soon as it is chosen, so it survives a reload.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-auto]");
    if (form) form.requestSubmit();
    const all = event.target.closest("input[data-all]");
    if (all) for (const box of document.querySelectorAll(`input[name="${all.dataset.all}"]`)) box.checked = all.checked;
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-copy]");
    if (button) copy(button);
  });

  async function copy(button) {
    const source = document.getElementById(button.dataset.copy);
    const text = source.value === undefined ? source.textContent : source.value;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Plain http in a LAN has no clipboard: the old way, else the marked text for a person's copy.
      mark(source);
      if (!document.execCommand("copy")) return;
    }
    button.textContent = button.dataset.done || button.textContent;
  }

  function mark(source) {
    if (source.select) return source.select();
    const range = document.createRange();
    range.selectNodeContents(source);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  }

  // A picture that was cleared away says so instead of showing a broken frame.
  document.addEventListener("error", (event) => {
    const { gone } = event.target.dataset || {};
    if (!gone) return;
    const text = document.createElement("p");
    text.className = "faint";
    text.textContent = gone;
    (event.target.closest("a") || event.target).replaceWith(text);
  }, true);

  function fillLink() {
    const form = document.querySelector("form[data-link]");
    const token = location.hash.slice(1);
    if (!form || !token) return;
    form.elements.token.value = token;
    history.replaceState(null, "", location.pathname);
    form.requestSubmit();
  }

  // A page that shows a refused form again has the address of its page, not of what was sent.
  function showRefused() {
    const { here } = document.documentElement.dataset;
    if (!here) return;
    history.replaceState(null, "", here);
    const wrong = document.querySelector("[aria-invalid=true]");
    if (!wrong) return;
    for (let one = wrong.closest("details"); one; one = one.parentElement.closest("details")) one.open = true;
    wrong.focus();
  }

  // A day that a person asks for begins where the person is.
  function tellZone() {
    for (const input of document.querySelectorAll("input[data-zone]")) input.value = String(-new Date().getTimezoneOffset());
  }

  // On a phone the menu and the tabs scroll: where the person is must be seen.
  function showPlace() {
    for (const one of document.querySelectorAll(".side [aria-current], .tabs [aria-current]")) {
      const bar = one.closest(".side ul, .tabs");
      const gap = one.getBoundingClientRect(), whole = bar.getBoundingClientRect();
      bar.scrollLeft += gap.left + gap.width / 2 - whole.left - whole.width / 2;
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    showPlace();
    showRefused();
    tellZone();
    localise(document);
    new MutationObserver(() => localise(document)).observe(document.body, { childList: true, characterData: true, subtree: true });
    setInterval(() => localise(document), 15000);
    fillLink();
  });
})();
