// Counts the shown deadlines down between refreshes, and keeps opened details open across them.
"use strict";

function inWords(seconds) {
  const s = Math.abs(Math.trunc(seconds));
  const units = [["d", Math.floor(s / 86400)], ["h", Math.floor(s / 3600) % 24], ["min", Math.floor(s / 60) % 60], ["s", s % 60]];
  const first = Math.max(0, units.findIndex(([, n]) => n > 0));
  const shown = s === 0 ? [] : units.slice(first, first + 2);
  return shown.filter(([, n]) => n > 0).map(([unit, n]) => `${n} ${unit}`).join(" ") || "0 s";
}

function tick() {
  for (const node of document.querySelectorAll("[data-until]")) {
    const at = Date.parse(node.dataset.until || node.getAttribute("datetime"));
    const left = (at - Date.now()) / 1000;
    node.textContent = left >= 0 ? `in ${inWords(left)}` : `${inWords(left)} ago`;
  }
}

// Whoever is typing into a form keeps it: the refresh waits.
document.addEventListener("htmx:beforeRequest", (event) => {
  const active = document.activeElement;
  if (active && active.matches("input, select, textarea") && event.target.contains(active)) event.preventDefault();
});

let opened = [];
document.addEventListener("htmx:beforeSwap", () => {
  opened = [...document.querySelectorAll("details[open][id]")].map((node) => node.id);
});
document.addEventListener("htmx:afterSwap", () => {
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
  tick();
});
setInterval(tick, 1000);
tick();
