// Files of a conversation, as customers and agents see them: those that go with the next message, and those of messages that
// are there. A picture's address is signed and good for minutes: it is asked for when it is shown and again when it is opened.

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { fill } from "./language.js";
import { telling } from "./upload.js";

/** @typedef {import("./types.js").FileShown} FileShown */
/** @typedef {{ fetching: typeof fetch, signal: AbortSignal }} How  a file is sent */
/** @typedef {(path: string, body?: File, how?: How) => Promise<any>} Ask  asks the server something of the conversation's files */
/** @typedef {{ chip: HTMLElement, file: FileShown | null, stop: AbortController }} Waiting */

const MOST = 5; // of one message, as the server has it

/** The files that are going with the next message, above the text field. */
export class FileTray {
  #strings;
  #ask;
  #changed;
  /** @type {Waiting[]} */
  #waiting = [];
  // On a phone "image/*" offers the camera.
  #choose = el("input", { type: "file", multiple: true, accept: "image/*,.pdf", onchange: () => {
    this.add([...(this.#choose.files ?? [])]);
    this.#choose.value = "";
  } });

  /** @param {{ attached: string, cancel: string, discard: string, failed: string, retry: string, sending: string, filesMost: string }} strings @param {Ask} ask @param {() => void} changed */
  constructor(strings, ask, changed) {
    this.#strings = strings;
    this.#ask = ask;
    this.#changed = changed;
    this.element = el("div", { class: "tray", "data-tell": "" });
    this.left = el("span", { class: "chip wrong" });
  }

  get busy() {
    return this.#waiting.some(({ file }) => !file);
  }

  get count() {
    return this.#waiting.length;
  }

  /** @param {File[] | null} files */
  add(files) {
    if (!files) return this.#choose.click();
    const room = MOST - this.count;
    const left = files.slice(room);
    this.left.remove();
    this.left.textContent = fill(this.#strings.filesMost, { names: left.map(({ name }) => name).join(", ") });
    if (left.length) this.element.prepend(this.left);
    for (const file of files.slice(0, room)) {
      void this.#upload(this.#place(), file, crypto.getRandomValues(new Uint32Array(4)).join("-"));
    }
  }

  /** Shows those that are uploaded, as they are kept elsewhere; what is on its way stays. @param {readonly FileShown[]} files */
  put(files) {
    const kept = files.map(({ id }) => id).join();
    if (kept === this.files.map(({ id }) => id).join()) return;
    for (const { chip, file } of this.#waiting) if (file) chip.remove();
    const coming = this.#waiting.filter(({ file }) => !file);
    this.#waiting = [];
    for (const file of files) this.#has(this.#place(), file);
    this.#waiting.push(...coming);
    this.element.append(...coming.map(({ chip }) => chip));
  }

  #place() {
    const one = { chip: el("span", { class: "chip" }), file: null, stop: new AbortController() };
    this.#waiting.push(one);
    this.element.append(one.chip);
    return one;
  }

  /** Those that are uploaded. @returns {FileShown[]} */
  get files() {
    return this.#waiting.flatMap(({ file }) => file ?? []);
  }

  /** Those that are uploaded, which are the message's now. */
  take() {
    const { files } = this;
    this.#waiting = [];
    this.element.replaceChildren();
    this.#changed();
    return files;
  }

  /** @param {Waiting} one @param {File} file @param {string} clientId  the same file again is the same upload */
  async #upload(one, file, clientId) {
    const strings = this.#strings;
    const { signal } = one.stop;
    const gone = el("progress", { "aria-label": `${strings.sending}: ${file.name}`, max: "1", value: "0" });
    one.chip.className = "chip";
    one.chip.replaceChildren(icon("page"), el("span", {}, file.name), gone, this.#cross(one, strings.cancel, file.name));
    this.#changed();
    try {
      const fetching = telling((share) => (gone.value = share));
      const sent = await this.#ask(`?${new URLSearchParams({ client_id: clientId, name: file.name })}`, file, { fetching, signal });
      if (signal.aborted) return;
      this.#has(one, sent);
    } catch (error) {
      if (signal.aborted) return;
      const again = el("button", { type: "button", onclick: () => void this.#upload(one, file, clientId) }, strings.retry);
      const told = error instanceof Error && "kind" in error && error.kind !== "network" ? error.message : strings.failed;
      one.chip.className = "chip wrong";
      one.chip.replaceChildren(el("span", {}, `${file.name}: ${told}`), again, this.#cross(one, strings.discard, file.name));
    }
    this.#changed();
  }

  /** @param {Waiting} one @param {FileShown} file */
  #has(one, file) {
    const { attached, discard } = this.#strings;
    one.file = file;
    one.chip.replaceChildren(icon("tick"), el("span", { class: "unseen" }, `${attached}:`), el("span", {}, file.name), this.#cross(one, discard, file.name));
  }

  /** The button that takes a file away, or stops it on its way. @param {Waiting} one @param {string} words @param {string} name */
  #cross(one, words, name) {
    return el("button", { type: "button", title: words, "aria-label": `${words}: ${name}`, onclick: () => {
      const near = one.chip.nextElementSibling ?? one.chip.previousElementSibling;
      one.stop.abort();
      this.#waiting = this.#waiting.filter((each) => each !== one);
      one.chip.remove();
      near?.querySelector("button")?.focus();
      this.#changed();
    } }, "×");
  }
}

/** Shows the files of a message in a box. @param {Ask} ask @param {readonly FileShown[]} files @param {HTMLElement} box @param {URL} server */
export function drawFiles(ask, files, box, server) {
  box.replaceChildren(...files.map((file) => {
    const view = async () => {
      const { url } = await ask(`/${file.id}`);
      open(new URL(url, server), "_blank", "noopener");
    };
    const press = () => void view().catch(() => {}); // pressed again, it is asked again
    const chip = el("button", { class: "chip", type: "button", onclick: press }, icon("page"), el("span", {}, file.name));
    if (file.kind !== "pdf") void ask(`/${file.id}`).then(({ small }) => {
      const img = el("img", { alt: file.name, src: new URL(small, server).href, width: file.width, height: file.height });
      const picture = el("button", { class: "picture", type: "button", onclick: press }, img);
      img.addEventListener("error", () => picture.replaceWith(chip)); // a page may forbid pictures of other places
      chip.replaceWith(picture);
    }, () => {});
    return chip;
  }));
}
