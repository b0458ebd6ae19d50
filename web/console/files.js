// Files in the console: those of a message, and those that an agent attaches to a reply or a note, by the button, a drop or a
// paste.

import { el } from "../shared/dom.js";
import { drawFiles, FileTray } from "../shared/files.js";
import { icon } from "../shared/icons.js";

/** @typedef {import("./types.js").Desk} Desk */
/** @typedef {import("./types.js").Kind} Kind */
/** @typedef {import("../shared/types.js").FileShown} FileShown */

/** The files of a message; null where it has none. @param {Desk} desk @param {{ files?: readonly FileShown[] }} message */
export function filesOf({ api }, { files }) {
  if (!files?.length) return null;
  const box = el("div", { class: "files" });
  drawFiles((path) => api.fileAddress(path), files, box, new URL(location.href));
  return box;
}

/** What an agent attaches: a button and, above the box, what goes with what is written. Of one draft at a time. */
export class Attachments {
  #desk;
  #changed;
  #possible = false;
  #shown = "";
  /** Of each draft that has some; what is on its way goes on when another is opened. @type {Map<string, FileTray>} */
  #trays = new Map();

  /** @param {Desk} desk @param {HTMLFormElement} form  takes what is dropped and pasted @param {(id: string, kind: Kind, files: FileShown[]) => void} changed  a draft has other files now */
  constructor(desk, form, changed) {
    const { strings } = desk;
    this.#desk = desk;
    this.#changed = changed;
    this.element = el("div", { class: "attached" });
    this.button = el("button", { type: "button", class: "attach", title: strings.attach, "aria-label": strings.attach, onclick: () => this.#tray?.add(null) }, icon("clip"));
    for (const name of ["paste", "dragover", "drop"]) form.addEventListener(name, (event) => this.#given(event));
  }

  /** @param {string} id  the conversation @param {Kind} kind @param {readonly FileShown[]} files  those that its draft has @param {boolean} possible  whether files may be attached now */
  show(id, kind, files, possible) {
    const name = `${kind} ${id}`;
    if (name !== this.#shown) {
      if (!this.#tray?.count) this.#trays.delete(this.#shown);
      if (!this.#trays.has(name)) this.#trays.set(name, this.#made(id, kind));
      this.#shown = name;
      this.element.replaceChildren(...(this.#tray ? [this.#tray.element] : []));
    }
    this.#tray?.put(files);
    this.#possible = possible;
    this.button.disabled = !possible;
  }

  /** Whether something is on its way still, or could not be uploaded. */
  get busy() {
    return this.#tray?.busy ?? false;
  }

  get #tray() {
    return this.#trays.get(this.#shown);
  }

  /** @param {string} id @param {Kind} kind */
  #made(id, kind) {
    const { api, strings } = this.#desk;
    const words = { attached: strings.attached, cancel: strings.stopFile, discard: strings.removeFile, failed: strings.fileFailed, retry: strings.fileAgain, sending: strings.uploading, filesMost: strings.filesMost };
    const tray = new FileTray(words, (path, file, how) => file && how ? api.upload(id, path, file, how) : api.fileAddress(path), () => this.#changed(id, kind, tray.files));
    return tray;
  }

  /** @param {Event} event  a ClipboardEvent or a DragEvent */
  #given(event) {
    const given = event instanceof ClipboardEvent ? event.clipboardData : event instanceof DragEvent ? event.dataTransfer : null;
    if (!this.#possible || !given?.types.includes("Files")) return;
    event.preventDefault();
    if (given.files.length) this.#tray?.add([...given.files]);
  }
}
