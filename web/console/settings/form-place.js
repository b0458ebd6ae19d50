// Where a form stands that makes something new, or changes what is chosen in the list below it.

import { el } from "../../shared/dom.js";

/**
 * @template T
 * @param {(one: T | null, leave: () => void) => HTMLElement} form  null for a new one; `leave` goes back to that
 * @returns {{ place: HTMLElement, edit: (one: T) => void }}
 */
export function formPlace(form) {
  const place = el("div", {});
  const make = () => place.replaceChildren(form(null, make));
  make();
  return {
    place,
    edit: (one) => {
      place.replaceChildren(form(one, make));
      place.querySelector("input")?.focus();
    },
  };
}
