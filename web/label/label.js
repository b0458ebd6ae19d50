// The labelling page: shows one case after the other and takes keys and clicks. sitting.js keeps the judgements; texts are set
// as text, so nothing in them can become markup.

import { HttpError, Sitting } from "./sitting.js";

/** @typedef {import("./sitting.js").Judgement} Judgement */

const KEYS = /** @type {Record<string, Judgement>} */ ({ 1: "good", 2: "wrong", 3: "unsure" });

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const buttons = /** @type {HTMLButtonElement[]} */ ([...document.querySelectorAll("[data-judgement]")]);
const article = element("case");
const sitting = new Sitting(location.hash.slice(1), showSaving);
let reviewing = false; // at a judged case although all are judged

/** Shows the current case and the progress. */
function show() {
  const one = sitting.current;
  const { judged, good, wrong, unsure } = sitting.counts;
  const total = sitting.cases.length;
  const finished = sitting.finished && !reviewing;
  element("progress").textContent = `${judged} of ${total} judged`;
  const bar = /** @type {HTMLProgressElement} */ (element("bar"));
  bar.max = total;
  bar.value = judged;
  element("controls").hidden = false;
  article.hidden = finished || !one;
  element("end").hidden = !finished;
  element("sum").textContent = `${good} good, ${wrong} wrong, ${unsure} unsure.`;
  if (one) {
    for (const name of /** @type {const} */ (["question", "ours", "theirs"])) element(name).textContent = one[name];
    article.className = one.judgement ?? "";
    article.lang = one.language ?? "";
  }
  for (const button of buttons) {
    button.disabled = finished;
    button.setAttribute("aria-pressed", String(!finished && one?.judgement === button.dataset.judgement));
  }
  /** @type {HTMLButtonElement} */ (element("back")).disabled = sitting.place === 0 && !finished;
  /** @type {HTMLButtonElement} */ (element("next")).disabled = finished || (!reviewing && sitting.place === total - 1);
  /** @type {HTMLButtonElement} */ (element("undo")).disabled = judged === 0;
}

/** Shows the current case from its beginning and moves the focus to it, so that a screen reader reads it. */
function showAnew() {
  show();
  for (const name of ["question", "ours", "theirs"]) element(name).scrollTop = 0;
  scrollTo(0, 0);
  (article.hidden ? element("end") : article).focus({ preventScroll: true });
}

/** @param {Judgement} judgement */
function judge(judgement) {
  if (!sitting.current || (sitting.finished && !reviewing)) return;
  sitting.judge(judgement);
  reviewing = false;
  showAnew();
}

/** @param {number} step */
function move(step) {
  if (sitting.finished && !reviewing) {
    if (step > 0) return;
    reviewing = true; // from the end back to the last case
    sitting.place = sitting.cases.length - 1;
  } else if (reviewing && step > 0 && sitting.place === sitting.cases.length - 1) {
    reviewing = false;
  } else {
    sitting.move(step);
  }
  showAnew();
}

function undo() {
  sitting.undo();
  reviewing = false;
  showAnew();
}

/** @param {number} waiting @param {unknown} error */
function showSaving(waiting, error) {
  element("saved").textContent = waiting ? "Saving …" : "Saved.";
  const trouble = element("trouble");
  trouble.hidden = !error;
  if (!error) return;
  const words = `${waiting} ${waiting === 1 ? "judgement is" : "judgements are"} not saved yet.`;
  trouble.textContent =
    error instanceof HttpError && error.status < 500
      ? `${words} This address is no longer good: run \`understudy label\` again and open the new one.`
      : `${words} Is \`understudy label\` still running? Trying again; leave this page open.`;
}

/** @param {unknown} error */
function showLoadError(error) {
  const trouble = element("trouble");
  trouble.hidden = false;
  trouble.textContent =
    error instanceof HttpError && error.status === 401
      ? "This address is no longer good. Open the one that `understudy label` printed, with all that follows the #."
      : "The replies could not be loaded. Is `understudy label` still running? Reload the page then.";
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || !sitting.cases.length) return;
  const judgement = KEYS[event.key];
  if (judgement) judge(judgement);
  else if (event.key === "ArrowLeft") move(-1);
  else if (event.key === "ArrowRight") move(1);
  else if (event.key.toLowerCase() === "u") undo();
  else return;
  event.preventDefault();
});
for (const button of buttons) button.addEventListener("click", () => judge(/** @type {Judgement} */ (button.dataset.judgement)));
element("back").addEventListener("click", () => move(-1));
element("next").addEventListener("click", () => move(1));
element("undo").addEventListener("click", undo);
addEventListener("beforeunload", (event) => {
  if (sitting.waiting) event.preventDefault();
});
addEventListener("hashchange", () => location.reload());

try {
  await sitting.load();
  showAnew();
} catch (error) {
  showLoadError(error);
}
