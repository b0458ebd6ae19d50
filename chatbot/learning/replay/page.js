// The page is whole without this: it only reads the slider off the curve.
"use strict";
{
const figures = JSON.parse(document.getElementById("figures").textContent);
const percent = (share, digits = 0) => `${(100 * share).toFixed(digits)}%`;
const find = (id) => document.getElementById(id);

// What if? Places a mark on the curve and says what it means.
const slider = find("allowed");
const here = document.querySelector("#risk .here");
function allow() {
  const row = figures.allowed[Number(slider.value)];
  const said = percent(row.risk, row.risk < 0.1 && (row.risk * 1000) % 10 ? 1 : 0);
  find("allowed-said").textContent = said;
  slider.setAttribute("aria-valuetext", said);
  const count = Math.round(row.probability * figures.judged);
  const promised = row.claimed > 0
    ? `Promised beforehand, ${percent(figures.sure)} sure: ${percent(row.claimed)}.`
    : `These cases are too few, or too often wrong, to promise it ${percent(figures.sure)} sure.`;
  find("allowed-means").textContent =
    `${percent(row.probability)} of the judged questions (${count} of ${figures.judged}) could have been answered alone; ` +
    `deciding by likeness of the question alone, ${percent(row.similarity)}. ${promised}`;
  if (!here) return;
  const risk = figures.at[Number(slider.value)];
  here.hidden = row.probability === 0;
  here.style.left = `${100 * row.probability}%`;
  here.style.bottom = `${100 * Math.min(1, risk / figures.high)}%`;
}
if (slider && figures.judged) {
  document.querySelector(".what-if").hidden = false;
  slider.addEventListener("input", allow);
  document.querySelector(".what-if").addEventListener("submit", (event) => event.preventDefault());
  allow();
}
}
