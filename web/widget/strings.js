// All strings of the widget. Another language is a module whose default export has these names, given in the element's
// `strings` attribute; what it leaves out is said in English. {name} is filled in later.

import { loadStrings } from "../shared/language.js";

export const english = {
  open: "Chat with us",
  unread: "Chat with us, {count} new",
  close: "Close the chat",
  subtitle: "Answers from our team's own replies",
  subtitleWaiting: "Waiting for a person",
  subtitleAgentAs: "You are talking to {name}",
  subtitleClosed: "This chat has ended",
  greeting: "Hello! How can we help?",
  greetingMore: "Ask in your own words. When an answer needs a person, one takes over here.",
  suggestions: "People often ask",
  conversation: "Conversation",
  placeholder: "Write a message",
  attach: "Attach a picture or PDF",
  attached: "Attached",
  cancel: "Cancel",
  send: "Send",
  sending: "Sending",
  sent: "Sent",
  failed: "Not sent.",
  refused: "Not sent: it was refused.",
  unverified: "Not sent: please sign in first.",
  failedClosed: "Not sent: the chat has ended.",
  failedFull: "Not sent: the chat is full. Start a new one.",
  retry: "Try again",
  discard: "Remove",
  stop: "Stop the answer",
  stopped: "You stopped this answer.",
  helped: "Was this helpful?",
  helpful: "This helped",
  unhelpful: "This did not help",
  thanked: "Thank you.",
  regretted: "Sorry about that.",
  undo: "Undo",
  typing: "{name} is typing",
  writing: "{name} is writing an answer",
  bot: "Assistant",
  agent: "Support team",
  you: "You",
  sources: "Based on",
  earlier: "Earlier answers by our team",
  latest: "New messages",
  person: "Talk to a person",
  personAsked: "A person has been asked",
  handover: "A person will take over",
  handoverSoon: "They answer right here, as soon as one of us is free.",
  handoverWhen: "They answer right here: {when}.",
  handoverStay: "You can close this window; nothing is lost. Add anything that helps in the meantime.",
  joined: "A person has joined the chat",
  joinedAs: "{name} has joined the chat",
  meanwhile: "Ask the assistant meanwhile",
  mail: "Leave your e-mail address, and we can reach you there as well.",
  mailAddress: "E-mail address",
  mailSave: "Save",
  mailSaved: "We can also reach you at {email}.",
  end: "End chat",
  endNow: "End this chat",
  keep: "Keep chatting",
  ended: "This chat has ended",
  rate: "How did we do?",
  rated: "Thank you for telling us.",
  score: "{score} of 5",
  again: "Start a new chat",
  reopen: "Continue this chat",
  signedOut: "Your sign-in has ended. Load this page again to go on; what you have written stays here.",
  signIn: "Load again",
  goOn: "Go on without signing in",
  offline: "No connection. We keep trying; what you write is sent when it is back.",
  rateLimited: "That was a lot at once. Your message goes out in a moment.",
  rateLimitedFor: "That was a lot at once. Your message goes out in {seconds} seconds.",
  notReady: "The assistant is still starting. Your message goes out as soon as it is ready.",
  newConversation: "The earlier chat is no longer available, so this is a new one.",
  slow: "This takes longer than usual. You can also talk to a person.",
  trouble: "That did not work. Please try again.",
  filesMost: "Five files go with a message; left out: {names}",
};

/** @type {Record<string, () => Promise<{ default: Partial<import("./types.js").Strings> }>>} */
const OTHERS = { zh: () => import("./strings-zh.js") };

/**
 * The widget's strings in the visitor's language.
 * @param {readonly string[]} wanted  language tags, best first
 * @param {string | null} address     of a module with the strings of another language, which is then the first one wanted
 * @returns {Promise<{ language: string, strings: import("./types.js").Strings }>}
 */
export function stringsFor(wanted, address) {
  return loadStrings(wanted, english, OTHERS, address ? () => import(address) : null);
}
