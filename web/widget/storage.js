// What the widget remembers between page loads. Where the browser refuses storage it remembers until the page is left.

/** JSON values under one prefix. */
export class LocalStore {
  #prefix;
  #storage;
  /** @type {Map<string, string>} */
  #memory = new Map();

  #told;

  /**
   * @param {string} prefix @param {Storage | null} storage  null where the browser has none
   * @param {(name: string) => void} [told]  hears of every change from here
   */
  constructor(prefix, storage, told = () => {}) {
    this.#told = told;
    this.#prefix = prefix;
    this.#storage = storage;
  }

  /** @param {string} name */
  key(name) {
    return `${this.#prefix}:${name}`;
  }

  /** @param {string} name @returns {any}  what was put there, null where nothing readable is */
  get(name) {
    try {
      return JSON.parse(this.#read(this.key(name)) ?? "null");
    } catch {
      return null;
    }
  }

  /** @param {string} name @param {unknown} value  null removes it */
  set(name, value) {
    const key = this.key(name);
    this.#memory.delete(key);
    try {
      if (!this.#storage) throw new Error("no storage");
      if (value === null) this.#storage.removeItem(key);
      else this.#storage.setItem(key, JSON.stringify(value));
    } catch {
      // Null is kept too: a stored value that could not be removed must not come back.
      this.#memory.set(key, JSON.stringify(value));
    }
    this.#told(name);
  }

  /** @param {string} key */
  #read(key) {
    if (this.#memory.has(key)) return this.#memory.get(key);
    return this.#storage ? this.#storage.getItem(key) : null;
  }
}

/** @returns {Storage | null}  even looking at localStorage throws where it is blocked */
export function browserStorage() {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}
