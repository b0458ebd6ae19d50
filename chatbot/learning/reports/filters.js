// Filters a list of questions. Each choice is called as the data of a question that it must equal; words are looked for
// in everything that a question shows. The page is whole without this.
"use strict";
{
const questions = [...document.querySelectorAll(".all details")];
const filters = document.querySelector(".filters");
function filter() {
  const wanted = [...filters.querySelectorAll("select")].map(({ name, value }) => [name, value]);
  const words = document.getElementById("by-words").value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const one of questions) {
    const fits = wanted.every(([name, value]) => !value || one.dataset[name] === value);
    const text = words.length ? one.textContent.toLowerCase() : "";
    one.hidden = !(fits && words.every((word) => text.includes(word)));
    if (!one.hidden) shown += 1;
  }
  document.getElementById("found").textContent = `${shown} of ${questions.length} shown.`;
}
if (filters && questions.length) {
  filters.hidden = false;
  filters.addEventListener("input", filter);
  filters.addEventListener("submit", (event) => event.preventDefault());
  filter();
}
}
