// Live parts of pages: loaded anew when the farm says that something changed. What fails says so
// where it stands and is tried again; the rest of the page lives on.
(() => {
  "use strict";
  const FIRST_S = 5, LONGEST_S = 60, LOST_AFTER_MS = 4000;
  const waiting = new Set();
  const tries = new Map();
  let loading = false;

  // Who fills in or reads something in a part must not have it changed underneath.
  function inUse(element) {
    const active = document.activeElement;
    if (document.querySelector("dialog[open]")) return true;
    return element.contains(active) && active.matches("input, select, textarea, button");
  }

  async function load(element) {
    const url = new URL(element.dataset.url || location.href, location.href);
    url.searchParams.set("part", element.dataset.part);
    const open = [...element.querySelectorAll("details[open][id]")].map((one) => one.id);
    const chosen = [...element.querySelectorAll("input[type=checkbox]:checked")].map((one) => `input[name="${one.name}"][value="${one.value}"]`);
    element.setAttribute("aria-busy", "true");
    try {
      await htmx.ajax("GET", url.pathname + url.search, { target: element, swap: "outerMorph", source: element });
    } catch {
      failed(element);
    } finally {
      element.removeAttribute("aria-busy");
      for (const id of open) document.getElementById(id)?.setAttribute("open", "");
      for (const one of chosen) document.querySelectorAll(one).forEach((box) => { box.checked = true; });
    }
  }

  async function refresh() {
    if (loading || document.hidden) return;
    loading = true;
    try {
      for (const element of [...waiting]) {
        if (element.isConnected && inUse(element)) continue;
        waiting.delete(element);
        if (element.isConnected) await load(element);
      }
    } finally {
      loading = false;
    }
  }

  function again(id) {
    const element = document.getElementById(id);
    if (!element) return;
    waiting.add(element);
    refresh();
  }

  function failed(element) {
    const { id } = element, before = tries.get(id) || 0;
    tries.set(id, before + 1);
    if (!document.querySelector(`[data-failed="${id}"]`)) {
      const notice = document.getElementById("part-failed").content.firstElementChild.cloneNode(true);
      notice.dataset.failed = id;
      notice.querySelector("button").addEventListener("click", () => again(id));
      element.before(notice);
    }
    setTimeout(() => { if (tries.has(id)) again(id); }, Math.min(FIRST_S * 2 ** before, LONGEST_S) * 1000);
  }

  function went(element) {
    if (!tries.delete(element.id)) return;
    document.querySelector(`[data-failed="${element.id}"]`)?.remove();
  }

  const source = (event) => {
    const element = event.detail.ctx?.sourceElement;
    return element?.dataset?.part === undefined ? null : element;
  };
  // An answer that is no page of ours must not take the part's place: it would never come back.
  document.addEventListener("htmx:before:response", (event) => {
    const element = source(event), { response } = event.detail.ctx;
    if (!element || response.status < 400 || response.headers.get("HX-Redirect")) return;
    event.preventDefault();
    failed(element);
  });
  document.addEventListener("htmx:error", (event) => {
    const element = source(event);
    if (element) failed(element);
  });
  document.addEventListener("htmx:after:swap", (event) => {
    const element = source(event);
    if (element) went(element);
    pollSoon();
  });

  // The word that the line is lost comes late: a stream that ends is opened again at once.
  let saying;

  function lost(isLost) {
    clearTimeout(saying);
    const toast = document.getElementById("lost");
    if (isLost) saying = setTimeout(() => { toast.hidden = false; }, LOST_AFTER_MS);
    else toast.hidden = true;
  }

  const parts = () => document.querySelectorAll("[data-live]");

  function all() {
    for (const element of parts()) waiting.add(element);
    refresh();
  }

  function follow() {
    if (!parts().length) return;
    let stream, missed = false, delay = FIRST_S;

    function open() {
      stream = new EventSource("/admin/live");
      stream.addEventListener("open", () => {
        lost(false);
        delay = FIRST_S;
        if (missed) all();
        missed = false;
      });
      stream.addEventListener("error", () => {
        lost(true);
        missed = true;
        if (stream.readyState !== EventSource.CLOSED) return;
        // Refused for good, such as to who was signed out: the parts tell where to go.
        setTimeout(() => { all(); open(); }, delay * 1000);
        delay = Math.min(delay * 2, LONGEST_S);
      });
      stream.addEventListener("changed", (event) => {
        const topics = event.data.split(" ");
        for (const element of parts())
          if (element.dataset.live.split(" ").some((topic) => topics.includes(topic))) waiting.add(element);
        refresh();
      });
    }

    open();
    document.addEventListener("visibilitychange", refresh);
    document.addEventListener("focusout", () => setTimeout(refresh));
    document.addEventListener("close", () => setTimeout(refresh), true);
    window.addEventListener("pagehide", () => stream.close());
    window.addEventListener("pageshow", (event) => { if (event.persisted) { open(); all(); } });
  }

  // A part with data-poll is loaded anew after that many milliseconds, until it says no more.
  let polling = false;

  function poll() {
    const asked = document.querySelectorAll("[data-poll]");
    polling = asked.length > 0;
    if (!polling) return;
    for (const element of asked) waiting.add(element);
    refresh();
    setTimeout(poll, Number(asked[0].dataset.poll));
  }

  // A form whose answer stays on the page may bring such a part.
  function pollSoon() {
    if (polling) return;
    polling = true;
    setTimeout(poll, 1000);
  }

  // A page that says "the database is away" looks by itself whether it is back.
  function comeBack() {
    const { retry } = document.body.dataset;
    if (!retry) return;
    setTimeout(async () => {
      try {
        const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
        if (answer.status < 500 && answer.status !== 429) { location.reload(); return; }
      } catch { /* Not yet. */ }
      comeBack();
    }, Number(retry) * 1000);
  }

  document.addEventListener("DOMContentLoaded", () => {
    follow();
    pollSoon();
    comeBack();
    window.addEventListener("offline", () => lost(true));
    window.addEventListener("online", () => { lost(false); all(); });
  });
})();
