// The chat in a frame of somebody else's page (/frame/INBOX): the page around it may say who its visitor is.
//
//   frame.contentWindow.postMessage({ type: "support-chat:identify", token }, "https://support.example");
//
// and hears { type } of support-chat:ready (ask for a token and send it), support-chat:identified and support-chat:error
// {reason}. Only the pages that the inbox lists as frame ancestors are listened to; no other one can show this page at all.

const chat = /** @type {import("./loader.js").SupportChat} */ (document.querySelector("support-chat"));
const hosts = (document.documentElement.dataset.hosts ?? "").split(" ");

/** @param {string} type @param {object} [detail]  nothing that a stranger must not read */
function tell(type, detail = {}) {
  parent.postMessage({ type: `support-chat:${type}`, ...detail }, "*");
}

if (parent !== window) {
  addEventListener("message", ({ data, origin, source }) => {
    if (source !== parent || !hosts.includes(origin) || data?.type !== "support-chat:identify") return;
    const { token, user_id, user_hash } = data;
    chat.identify({ token, user_id, user_hash }).catch((error) => tell("error", { reason: error.kind ?? "not_loaded" }));
  });
  chat.addEventListener("chat-identified", () => tell("identified"));
  chat.addEventListener("chat-error", (event) => tell("error", /** @type {CustomEvent} */ (event).detail));
  tell("ready");
}
