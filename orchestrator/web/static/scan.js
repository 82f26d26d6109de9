// A quick scan runs while its form is on the way: a dialog tells for how long, and can stop it.
(() => {
  "use strict";
  const locale = document.documentElement.lang;
  const seconds = new Intl.NumberFormat(locale, { style: "unit", unit: "second", unitDisplay: "long" });
  let timer = 0;

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-scan]");
    if (!form || form.elements.engine.value !== "quick") return;
    const dialog = document.getElementById("scanning"), told = dialog.querySelector("[role=timer]");
    const began = performance.now();
    const tell = () => { told.textContent = seconds.format(Math.floor((performance.now() - began) / 1000)); };
    tell();
    timer = setInterval(tell, 1000);
    dialog.showModal();
  });

  // Who leaves the answer stops the scan: the server ends it when nobody waits any more.
  function stop() {
    window.stop();
    ended();
    for (const button of document.querySelectorAll("form[data-scan] button")) button.disabled = false;
  }

  function ended() {
    clearInterval(timer);
    document.getElementById("scanning")?.close();
  }

  document.addEventListener("click", (event) => { if (event.target.closest("#scanning [data-stop]")) stop(); });
  document.addEventListener("cancel", (event) => { if (event.target.id === "scanning") stop(); }, true);
  window.addEventListener("pageshow", ended);
})();
