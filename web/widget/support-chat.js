// The former address of the loader; pages that name it go on working.

export { SupportChat } from "./loader.js";
