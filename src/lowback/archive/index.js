"use strict";
const form = document.querySelector(".finder");
const rows = Array.from(document.querySelectorAll(".shelf tbody tr"), (row) => ({
  row,
  text: row.textContent.toLowerCase(),
  verdicts: row.dataset.verdict.split("|"),
}));
const found = form.querySelector(".found");
const words = form.querySelector("#words");
const choices = Array.from(form.querySelectorAll("select"));

function fits(one) {
  const sought = words.value.toLowerCase().split(/\s+/).filter(Boolean);
  return sought.every((word) => one.text.includes(word)) && choices.every(({ value, dataset }) =>
    !value || (dataset.key === "verdict" ? one.verdicts.includes(value) : one.row.dataset[dataset.key] === value));
}

function show() {
  let shown = 0;
  for (const one of rows) {
    const keep = fits(one);
    one.row.hidden = !keep;
    shown += keep;
  }
  found.textContent = shown === rows.length ? "" : `${shown} of ${rows.length} shown`;
}

form.hidden = false;
form.addEventListener("input", show);
form.addEventListener("reset", () => setTimeout(show));
form.addEventListener("submit", (event) => event.preventDefault());
show();
