// The former address of loader.js, for pages that still use it.

export { SupportChat } from "./loader.js";
