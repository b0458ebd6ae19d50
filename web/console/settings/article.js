// The editor of one article: title and text as Markdown beside what customers get to read, saved only over the words that it
// was begun from. What was typed stays whatever the server says.

import { el } from "../../shared/dom.js";
import { ApiError } from "../../shared/http.js";
import { fill, said } from "../../shared/language.js";
import { effective } from "./effect.js";
import { previewing } from "./preview.js";
import { retiring } from "./retiring.js";
import { outOfUse, read } from "./stored.js";
import { sure } from "./sure.js";

/** @typedef {import("./stored.js").Article} Article */

const NOT_THERE = ""; // what the server has seen of an article that is to be new

/**
 * @param {import("./frame.js").Frame} frame @param {Article | null} opened  none where it is to be a new one @param {() => Promise<void>} back
 * @returns {Promise<HTMLElement>}
 */
export async function edited(frame, opened, back) {
  const { ask } = frame;
  const { strings, language, clock } = frame.desk;
  let article = opened;
  let seen = article?.seen ?? NOT_THERE;
  const title = el("input", { required: true, maxlength: "500", autocomplete: "off", dir: "auto", value: article?.title });
  const text = el("textarea", { required: true, rows: "16", dir: "auto", spellcheck: "true" }, article?.markdown ?? "");
  const url = el("input", { type: "url", maxlength: "2000", autocomplete: "off", value: article?.url, placeholder: "https://" });
  const questions = el("textarea", { rows: "3", dir: "auto" }, article?.questions.join("\n") ?? "");
  const slug = el("input", { required: true, maxlength: "200", autocomplete: "off", value: article?.slug, readonly: article !== null });
  const tongue = el("input", { maxlength: "40", autocomplete: "off", value: article ? article.language : language.split("-")[0], readonly: article !== null });
  const fields = [title, text, url, questions, slug, tongue];
  const state = () => JSON.stringify(fields.map(({ value }) => value));
  let saved = state();
  const save = el("button", { class: "main", form: "article", title: "Ctrl+S", "aria-keyshortcuts": "Control+S" }, strings.knSave);
  const conflict = el("div", { class: "conflict", role: "alert", hidden: true });
  const standing = el("div", { class: "standing" });
  const preview = previewing(frame);
  const dirty = () => element.isConnected && state() !== saved;

  const changed = () => (save.disabled = !dirty());
  const words = () => ({
    title: title.value.trim(), url: url.value.trim() || null, language: tongue.value.trim() || null, updated: clock.now().toISOString().slice(0, 10),
    questions: questions.value.split("\n").map((one) => one.trim()).filter(Boolean),
    ...(text.value === article?.markdown ? { text: article.text, format: "text" } : { text: text.value, format: "markdown" }), // as it was imported where nobody touched it
  });
  const store = () => frame.quietly(async () => {
    conflict.hidden = true;
    const sent = state();
    try {
      const { outcome } = await ask("PUT", `/v1/articles/${encodeURIComponent(slug.value.trim())}`, { ...words(), seen });
      if (outcome === "duplicate") throw new Error(strings.knDuplicate);
    } catch (error) {
      if (!(error instanceof ApiError && error.code === "changed")) throw error;
      if (article) await clash(error.message);
      else throw new Error(strings.knTaken);
      return;
    }
    saved = sent;
    await again();
    if (article && state() === sent) { // nobody typed on: as it is stored, without marks
      const at = text.selectionStart;
      text.value = article.markdown;
      text.setSelectionRange(at, at);
      saved = state();
    }
    void effective(frame, strings.knSaved, known);
  });
  const again = async () => {
    article = await read(frame, slug.value.trim(), tongue.value.trim() || null);
    seen = article.seen;
    slug.readOnly = tongue.readOnly = true;
    changed();
    drawStanding();
  };
  const known = async () => (await read(frame, slug.value, tongue.value || null)).known;

  /** Somebody else was faster: theirs can be read, and either is kept. */
  const clash = async (/** @type {string} */ why) => {
    /** @type {Article | null} */
    const theirs = await read(frame, slug.value, tongue.value || null).catch(() => null);
    const who = theirs?.changed ? fill(strings.knBy, { who: theirs.changed.who ?? "", at: said(theirs.changed.at, language) }) : "";
    const mine = el("button", { type: "button", onclick: () => ((seen = theirs?.seen ?? NOT_THERE), void store()) }, theirs ? strings.knSaveOver : strings.knSaveAgain);
    const take = theirs && el("button", { type: "button", onclick: async () => {
      if ((await sure(strings, { words: strings.knTakeWhy, yes: strings.knTake })) !== null) await reopen(theirs);
    } }, strings.knTake);
    conflict.replaceChildren(el("p", {}, why, " ", who), el("p", {}, strings.knKept),
      theirs ? el("details", {}, el("summary", {}, strings.knTheirs), el("h4", { dir: "auto" }, theirs.title), el("pre", { dir: "auto", tabindex: "0" }, theirs.markdown)) : "", mine, take ?? "");
    conflict.hidden = false;
  };
  const reopen = async (/** @type {Article} */ theirs) => element.replaceWith(await edited(frame, theirs, back));

  const drawStanding = () => {
    const { retired, changed: by } = article ?? {};
    standing.replaceChildren(...(article ? [
      el("p", { class: "quiet" }, by ? fill(strings.knChanged, { who: by.who ?? "", at: said(by.at, language) }) : strings.knImported),
      ...retiring(frame, { name: article.slug, out: article.out > 0, last: retired, words: strings.knRetireArticle, beside: outOfUse(frame, article), done: again, known })] : []));
  };
  const leave = async () => {
    if (!dirty() || (await sure(strings, { words: strings.setUnsaved, yes: strings.setDiscard })) !== null) await back();
  };

  const more = el("details", { open: article === null }, el("summary", {}, strings.knMore),
    ...field(strings.knSlug, slug, strings.knSlugWhy), ...field(strings.knLanguage, tongue), ...field(strings.knUrl, url), ...field(strings.knQuestions, questions, strings.knQuestionsWhy));
  const form = el("form", { class: "edit", id: "article", "aria-label": article?.title ?? strings.knNew },
    ...field(strings.knTitle, title), ...field(strings.knText, text, strings.knTextWhy), more);
  form.addEventListener("submit", (event) => (event.preventDefault(), void store()));
  form.addEventListener("input", ({ target }) => {
    if (target === title && !article && slug.dataset.own === undefined) slug.value = named(title.value);
    if (target === slug) slug.dataset.own = "";
    if (target === text) preview.show(text.value);
    changed();
  });
  form.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || !["s", "Enter"].includes(event.key)) return;
    event.preventDefault();
    if (dirty()) form.requestSubmit();
  });
  const element = el("div", { class: "editor" }, el("div", { class: "tools" }, el("button", { type: "button", onclick: () => void leave() }, strings.knAllArticles), save), conflict, standing, el("div", { class: "sides" }, form, preview.element));
  save.disabled = true;
  frame.unsaved = dirty;
  drawStanding();
  preview.show(text.value, 0);
  return element;
}

/** A box under its name; a hint is read with it. @param {string} words @param {HTMLElement} box @param {string} [hint] */
function field(words, box, hint) {
  if (!hint) return [el("label", {}, words, box)];
  box.setAttribute("aria-describedby", `hint-${words}`.replace(/\s/g, "-"));
  return [el("label", {}, words, box), el("small", { id: box.getAttribute("aria-describedby") }, hint)];
}

/** What an article is called in addresses, from its title. @param {string} title */
function named(title) {
  return title.trim().toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 80);
}
