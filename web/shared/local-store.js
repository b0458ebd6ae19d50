// Remembers values between page loads in the browser's localStorage; where that is refused, until the page is left.

/** JSON values whose keys share a prefix. */
export class LocalStore {
  #prefix;
  #storage;
  #onChange;
  /** @type {Map<string, string>} what localStorage did not take */
  #memory = new Map();

  /**
   * @param {string} prefix
   * @param {Storage | null} storage  null where the browser has none
   * @param {(name: string) => void} [onChange]  called for changes made here, not by another tab
   */
  constructor(prefix, storage, onChange = () => {}) {
    this.#onChange = onChange;
    this.#prefix = prefix;
    this.#storage = storage;
  }

  /** The value, or null where nothing readable is stored. @param {string} name @returns {any} */
  get(name) {
    try {
      return JSON.parse(this.#read(this.#key(name)) ?? "null");
    } catch {
      return null;
    }
  }

  /** Stores a value; null removes it. @param {string} name @param {unknown} value */
  set(name, value) {
    const key = this.#key(name);
    this.#memory.delete(key);
    try {
      if (!this.#storage) throw new Error("no storage");
      if (value === null) this.#storage.removeItem(key);
      else this.#storage.setItem(key, JSON.stringify(value));
    } catch {
      // Null is kept too: a stored value that could not be removed must not come back.
      this.#memory.set(key, JSON.stringify(value));
    }
    this.#onChange(name);
  }

  /** @param {string} name */
  #key(name) {
    return `${this.#prefix}:${name}`;
  }

  /** @param {string} key */
  #read(key) {
    if (this.#memory.has(key)) return this.#memory.get(key);
    return this.#storage ? this.#storage.getItem(key) : null;
  }
}

/** The browser's localStorage, or null: even looking at it throws where it is blocked. @returns {Storage | null} */
export function browserStorage() {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}
