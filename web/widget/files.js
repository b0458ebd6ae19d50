// The visitor's files, loaded with the first of them.

import { drawFiles, FileTray } from "../shared/files.js";

const CSS = `
.tray { display: flex; flex-wrap: wrap; gap: 6px; padding-block-end: 8px; }
.tray:empty { display: none; }
.tray .chip { max-width: 100%; }
.tray .chip.wrong { border-color: var(--danger); color: var(--danger); white-space: normal; }
.tray .chip.wrong span { white-space: normal; }
.tray progress { width: 64px; height: 6px; }
@media (forced-colors: none) {
  .tray progress { appearance: none; border: 0; border-radius: 3px; overflow: hidden; background: var(--line); }
  .tray progress::-webkit-progress-bar { background: var(--line); }
  .tray progress::-webkit-progress-value { background: var(--link); }
  .tray progress::-moz-progress-bar { background: var(--link); }
}
.tray .chip button { padding: 2px 4px; font-weight: 600; text-decoration: underline; }
.files { display: flex; flex-wrap: wrap; gap: 6px; margin-block-start: 4px; max-width: 100%; }
.row.mine .files { justify-content: flex-end; }
.picture { display: block; border-radius: 14px; overflow: hidden; border: 1px solid var(--line); background: var(--sunken); }
.picture img { display: block; max-width: 220px; max-height: 220px; width: auto; height: auto; }
`;

/** @type {WeakSet<Node>} */
const styled = new WeakSet();

/** Styles the shadow root that shows files, once. @param {HTMLElement} element */
function style(element) {
  const root = element.getRootNode();
  if (!(root instanceof ShadowRoot) || styled.has(root)) return;
  styled.add(root);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  root.adoptedStyleSheets.push(sheet);
}

/** What goes with the next message. */
export class Tray extends FileTray {
  /** @override @param {File[] | null} files */
  add(files) {
    style(this.element);
    super.add(files);
  }
}

/** Shows the files of a message in a box. @param {import("../shared/files.js").Ask} ask @param {readonly import("../shared/types.js").FileShown[]} files @param {HTMLElement} box */
export function show(ask, files, box) {
  style(box);
  drawFiles(ask, files, box, new URL(import.meta.url));
}
