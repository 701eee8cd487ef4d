// Makes pages that the server has rendered livelier; without it the words and times are right as of the load.
"use strict";

// Phones and laptops are wrong about the time; the server is not.
const served = document.querySelector('meta[name="server-time"]');
const ahead = served ? Date.parse(served.content) - Date.now() : 0;
const titled = document.title;

function inWords(seconds) {
  const s = Math.abs(Math.trunc(seconds));
  const units = [["d", Math.floor(s / 86400)], ["h", Math.floor(s / 3600) % 24], ["min", Math.floor(s / 60) % 60], ["s", s % 60]];
  const first = units.findIndex(([, count]) => count > 0);
  if (first < 0) return "0 s";
  return units.slice(first, first + 2).filter(([, count]) => count > 0).map(([unit, count]) => `${count} ${unit}`).join(" ");
}

function tick() {
  for (const node of document.querySelectorAll("time[data-until]")) {
    const left = (Date.parse(node.dateTime) - Date.now() - ahead) / 1000;
    node.textContent = left >= 0 ? `in ${inWords(left)}` : `${inWords(left)} ago`;
  }
}

// Says aloud, and in the tab's title, what has changed since the last look.
function announce() {
  const status = document.querySelector("[data-live] [data-status]");
  const spoken = document.getElementById("announce");
  if (!status || !spoken) return;
  if (spoken.textContent !== status.dataset.status) spoken.textContent = status.dataset.status;
  const unanswered = Number(status.dataset.unanswered || 0);
  document.title = unanswered ? `(${unanswered}) ${titled}` : titled;
}

// Whether a refresh would take something away from the reader: a field in use, what was typed, or a selection.
function inUse(part) {
  const active = document.activeElement;
  if (part.contains(active) && active.matches("input, select, textarea")) return true;
  const fields = [...part.querySelectorAll("input:not([type=hidden])")];
  const selection = document.getSelection();
  return fields.some((field) => field.value !== field.defaultValue) || (!selection.isCollapsed && part.contains(selection.anchorNode));
}

function stale(text) {
  const banner = document.getElementById("stale");
  if (!banner || banner.textContent === text) return;
  banner.textContent = text;
  banner.hidden = !text;
}

let opened = [];
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden || inUse(event.target)) event.preventDefault();
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status !== 200) return;
  if (inUse(event.detail.target)) event.detail.shouldSwap = false; // it may have begun meanwhile
  opened = [...event.detail.target.querySelectorAll("details[open][id]")].map((node) => node.id);
});
document.addEventListener("htmx:afterSwap", () => {
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
  tick();
  announce();
});
document.addEventListener("htmx:afterRequest", (event) => {
  const status = event.detail.xhr.status;
  if (event.detail.successful) stale("");
  else if (status === 401) stale("You are signed out: what you see here is no longer refreshed. Reload the page to sign in.");
  else stale("The service does not answer: what you see here is no longer refreshed. It goes on by itself once the service is back.");
});

setInterval(tick, 1000);
tick();
announce();
