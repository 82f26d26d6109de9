// Charts of a node's health, with the digits and dates of the page's language.
(() => {
  "use strict";
  const fa = document.documentElement.lang === "fa";
  const locale = fa ? "fa-IR-u-ca-persian" : "en-GB";
  const digits = new Intl.NumberFormat(fa ? "fa" : "en", { maximumFractionDigits: 1 });
  const hour = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
  const day = new Intl.DateTimeFormat(locale, { month: "short", day: "numeric" });
  const full = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  const loaded = new Map();

  function load(url) {
    if (!loaded.has(url)) loaded.set(url, fetch(url, { headers: { Accept: "application/json" } }).then((answer) => {
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.json();
    }));
    return loaded.get(url);
  }

  function colour(name) {
    const probe = document.createElement("span");
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  }

  // A gap in the samples is a gap in the line: a silent node must not look steady.
  function withGaps(data, series) {
    const at = [], values = [];
    data.at.forEach((time, place) => {
      if (place && time - data.at[place - 1] > data.step_s * 1.5) { at.push(time - 1); values.push(null); }
      at.push(time);
      values.push(data[series][place]);
    });
    return [at, values];
  }

  function failed(box) {
    loaded.delete(box.dataset.chart);
    const notice = document.getElementById("part-failed").content.firstElementChild.cloneNode(true);
    notice.querySelector("button").addEventListener("click", () => {
      notice.remove();
      draw(box);
    });
    box.before(notice);
  }

  async function draw(box) {
    let data;
    box.setAttribute("aria-busy", "true");
    try {
      data = await load(box.dataset.chart);
    } catch {
      failed(box);
      return;
    } finally {
      box.removeAttribute("aria-busy");
    }
    if (!data.at.length) {
      const told = document.createElement("p");
      told.dir = "auto";
      told.className = "faint";
      told.textContent = box.dataset.empty;
      box.replaceChildren(told);
      return;
    }
    const unit = box.dataset.unit;
    const show = (value) => value === null || value === undefined ? "–" : digits.format(value) + (unit ? ` ${unit}` : "");
    const ink = colour("--faint"), line = colour("--line"), accent = colour("--accent");
    const values = withGaps(data, box.dataset.series);
    const long = data.to - data.from > 2 * 86400;
    const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line } };
    new uPlot({
      width: box.clientWidth, height: 160,
      cursor: { y: false },
      scales: { x: { range: () => [data.from, data.to] }, y: { range: (_, low, high) => [0, box.dataset.series === "cpu" ? 100 : Math.max(1, high * 1.1)] } },
      axes: [
        { ...axis, values: (_, ticks) => ticks.map((tick) => (long ? day : hour).format(tick * 1000)) },
        { ...axis, size: 60, values: (_, ticks) => ticks.map(show) },
      ],
      series: [
        { label: box.dataset.time, value: (_, time) => time ? full.format(time * 1000) : "–" },
        { label: box.dataset.label, stroke: accent, width: 2, points: { show: values[0].length < 3 }, value: (_, value) => show(value) },
      ],
    }, values, box);
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const box of document.querySelectorAll("[data-chart]")) draw(box);
  });
})();
