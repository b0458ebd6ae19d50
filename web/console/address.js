// What is open stands behind the # of the address: a conversation, the numbers, the settings. So it can be copied and kept, and
// back and forward lead from one to the other.

/** @typedef {{ open: () => unknown, close: () => Promise<boolean> | boolean }} Place  `close` says whether it is closed now */

const CONVERSATION = /^c_\w+$/;
const here = () => location.hash.slice(1);

/** The address of one page. */
export class Address {
  #conversation;
  /** @type {Map<string, Place>} */
  #places = new Map();
  #follow = () => this.read();

  /** @param {{ open: (id: string) => unknown, close: () => unknown }} conversation */
  constructor(conversation) {
    this.#conversation = conversation;
    addEventListener("popstate", this.#follow);
  }

  stop() {
    removeEventListener("popstate", this.#follow);
  }

  /** Adds what is opened over the desk. @param {string} name @param {Place} place */
  add(name, place) {
    this.#places.set(name, place);
  }

  /** Opens one of them. @param {string} name */
  go(name) {
    this.shows(name);
    return this.#places.get(name)?.open();
  }

  /** Something is shown. A conversation after another takes its place: back leads to the list. @param {string} at */
  shows(at) {
    if (here() === at) return;
    if (CONVERSATION.test(at) && CONVERSATION.test(here())) history.replaceState(history.state, "", `#${at}`);
    else history.pushState({ pushed: true }, "", `#${at}`);
  }

  /** Something was closed where it stood: as if by back. @param {string} at */
  left(at) {
    if (here() !== at) return;
    if (history.state?.pushed) history.back();
    else history.replaceState(null, "", location.pathname + location.search);
  }

  /** Shows what the address says. */
  async read() {
    const at = here();
    for (const [name, { close }] of this.#places) if (name !== at && !(await close())) return this.shows(name);
    if (CONVERSATION.test(at)) this.#conversation.open(at);
    else if (at) this.#places.get(at)?.open();
    else this.#conversation.close();
  }
}
