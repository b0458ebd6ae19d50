// Files in the console: those of a message, and those that an agent sends with a reply, by the button, a drop or a paste.

import { el } from "../shared/dom.js";
import { drawFiles, FileTray } from "../shared/files.js";
import { icon } from "../shared/icons.js";

/** @typedef {import("./types.js").Desk} Desk */
/** @typedef {import("../shared/types.js").FileShown} FileShown */

/** The files of a message; null where it has none. @param {Desk} desk @param {{ files?: readonly FileShown[] }} message */
export function filesOf({ api }, { files }) {
  if (!files?.length) return null;
  const box = el("div", { class: "files" });
  drawFiles((path) => api.fileAddress(path), files, box, new URL(location.href));
  return box;
}

/** What an agent attaches: a button and, above the box, what is on its way. One conversation at a time. */
export class Attachments {
  #desk;
  #changed;
  #id = "";
  #tray;
  #possible = false;

  /** @param {Desk} desk @param {HTMLFormElement} form  takes what is dropped and pasted @param {() => void} changed */
  constructor(desk, form, changed) {
    const { strings } = desk;
    this.#desk = desk;
    this.#changed = changed;
    this.element = el("div", { class: "attached" });
    this.#tray = this.#emptied();
    this.button = el("button", { type: "button", class: "attach", title: strings.attach, "aria-label": strings.attach, onclick: () => this.#tray.add(null) }, icon("clip"));
    for (const name of ["paste", "dragover", "drop"]) form.addEventListener(name, (event) => this.#given(event));
  }

  /** @param {string} id  the conversation @param {boolean} possible  whether files may be attached now */
  show(id, possible) {
    if (id !== this.#id) this.#tray = this.#emptied();
    this.#id = id;
    this.#possible = possible;
    this.button.disabled = !possible;
  }

  /** Whether something is on its way still, or could not be uploaded. */
  get busy() {
    return this.#tray.busy;
  }

  /** The ids of what goes with the message. */
  get ids() {
    return this.#tray.files.map(({ id }) => id);
  }

  /** They are sent. */
  clear() {
    this.#tray.take();
  }

  #emptied() {
    const { api, strings } = this.#desk;
    const tray = new FileTray({ discard: strings.removeFile, failed: strings.fileFailed, retry: strings.fileAgain, sending: strings.sending, filesMost: strings.filesMost },
      (path, file) => api.upload(this.#id, path, file), () => this.#changed());
    this.element.replaceChildren(tray.element);
    return tray;
  }

  /** @param {Event} event  a ClipboardEvent or a DragEvent */
  #given(event) {
    const given = event instanceof ClipboardEvent ? event.clipboardData : event instanceof DragEvent ? event.dataTransfer : null;
    if (!this.#possible || !given?.types.includes("Files")) return;
    event.preventDefault();
    if (given.files.length) this.#tray.add([...given.files]);
  }
}
