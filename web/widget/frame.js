// The chat in a frame of another site's page (/frame/INBOX): the page around it may sign its visitor in.
//
//   frame.contentWindow.postMessage({ type: "support-chat:identify", token }, "https://support.example");
//
// and receives { type } of support-chat:ready (get a token and send it), support-chat:identified and support-chat:error
// {reason}. Messages count from pages alone that the inbox lists as frame ancestors; no other page can show this one.

const chat = /** @type {import("./loader.js").SupportChat} */ (document.querySelector("support-chat"));
const hosts = (document.documentElement.dataset.hosts ?? "").split(" ");

/** Sends a message to the page around. @param {string} type @param {object} [detail]  nothing secret: any page may read it */
function post(type, detail = {}) {
  parent.postMessage({ type: `support-chat:${type}`, ...detail }, "*");
}

if (parent !== window) {
  addEventListener("message", ({ data, origin, source }) => {
    if (source !== parent || !hosts.includes(origin) || data?.type !== "support-chat:identify") return;
    const { token, user_id, user_hash } = data;
    chat.identify({ token, user_id, user_hash }).catch((error) => post("error", { reason: error.kind ?? "not_loaded" }));
  });
  chat.addEventListener("chat-identified", () => post("identified"));
  chat.addEventListener("chat-error", (event) => post("error", /** @type {CustomEvent} */ (event).detail));
  post("ready");
}
