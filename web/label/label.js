// The labelling page: shows one case after the other and takes keys and clicks. What was said is kept by sitting.js; texts
// are set as text, so nothing in them can become markup.

import { Refused, Sitting } from "./sitting.js";

/** @typedef {import("./sitting.js").Said} Said */

const KEYS = /** @type {Record<string, Said>} */ ({ 1: "good", 2: "wrong", 3: "unsure" });

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const buttons = /** @type {HTMLButtonElement[]} */ ([...document.querySelectorAll("[data-said]")]);
const article = element("case");
const sitting = new Sitting(location.hash.slice(1), saving);
let looking = false; // back at what was judged, although all is

function show() {
  const one = sitting.current;
  const { judged, good, wrong, unsure } = sitting.counts;
  const total = sitting.cases.length;
  const over = sitting.finished && !looking;
  element("progress").textContent = `${judged} of ${total} judged`;
  const bar = /** @type {HTMLProgressElement} */ (element("bar"));
  bar.max = total;
  bar.value = judged;
  element("controls").hidden = false;
  article.hidden = over || !one;
  element("end").hidden = !over;
  element("sum").textContent = `${good} good, ${wrong} wrong, ${unsure} unsure.`;
  if (one) {
    for (const name of /** @type {const} */ (["question", "ours", "theirs"])) element(name).textContent = one[name];
    article.className = one.judgement ?? "";
    article.lang = one.language ?? "";
  }
  for (const button of buttons) {
    button.disabled = over;
    button.setAttribute("aria-pressed", String(!over && one?.judgement === button.dataset.said));
  }
  /** @type {HTMLButtonElement} */ (element("back")).disabled = sitting.place === 0 && !over;
  /** @type {HTMLButtonElement} */ (element("next")).disabled = over || (!looking && sitting.place === total - 1);
  /** @type {HTMLButtonElement} */ (element("undo")).disabled = judged === 0;
}

/** Shows the case from its beginning, and lets a screen reader read it. */
function turn() {
  show();
  for (const name of ["question", "ours", "theirs"]) element(name).scrollTop = 0;
  scrollTo(0, 0);
  (article.hidden ? element("end") : article).focus({ preventScroll: true });
}

/** @param {Said} said */
function judge(said) {
  if (!sitting.current || (sitting.finished && !looking)) return;
  sitting.judge(said);
  looking = false;
  turn();
}

/** @param {number} step */
function move(step) {
  if (sitting.finished && !looking) {
    if (step > 0) return;
    looking = true; // from the end back to the last case
    sitting.place = sitting.cases.length - 1;
  } else if (looking && step > 0 && sitting.place === sitting.cases.length - 1) {
    looking = false;
  } else {
    sitting.move(step);
  }
  turn();
}

function undo() {
  sitting.undo();
  looking = false;
  turn();
}

/** @param {number} waiting @param {unknown} error */
function saving(waiting, error) {
  element("saved").textContent = waiting ? "Saving …" : "Saved.";
  const trouble = element("trouble");
  trouble.hidden = !error;
  if (!error) return;
  const words = `${waiting} ${waiting === 1 ? "judgement is" : "judgements are"} not saved yet.`;
  trouble.textContent =
    error instanceof Refused && error.status < 500
      ? `${words} This address is no longer good: run \`understudy label\` again and open the new one.`
      : `${words} Is \`understudy label\` still running? Trying again; leave this page open.`;
}

/** @param {unknown} error */
function sorry(error) {
  const trouble = element("trouble");
  trouble.hidden = false;
  trouble.textContent =
    error instanceof Refused && error.status === 401
      ? "This address is no longer good. Open the one that `understudy label` printed, with all that follows the #."
      : "The replies could not be loaded. Is `understudy label` still running? Reload the page then.";
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || !sitting.cases.length) return;
  const said = KEYS[event.key];
  if (said) judge(said);
  else if (event.key === "ArrowLeft") move(-1);
  else if (event.key === "ArrowRight") move(1);
  else if (event.key.toLowerCase() === "u") undo();
  else return;
  event.preventDefault();
});
for (const button of buttons) button.addEventListener("click", () => judge(/** @type {Said} */ (button.dataset.said)));
element("back").addEventListener("click", () => move(-1));
element("next").addEventListener("click", () => move(1));
element("undo").addEventListener("click", undo);
addEventListener("beforeunload", (event) => {
  if (sitting.waiting) event.preventDefault();
});
addEventListener("hashchange", () => location.reload());

try {
  await sitting.load();
  turn();
} catch (error) {
  sorry(error);
}
