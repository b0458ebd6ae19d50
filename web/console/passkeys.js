// Passkeys in a browser: asks the server what to ask a device for, asks the device, and gives back what it answered. What
// goes wrong there is told in words of ours: a browser's own speak of specifications.

/** @typedef {(method: string, path: string, body?: object) => Promise<any>} Ask */
/** @typedef {import("./strings.js").Strings} Strings */

/** Whether this browser knows passkeys as JSON; every one does since 2025. */
export function takesPasskeys() {
  return typeof globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON === "function";
}

/** A passkey, shown for whatever takes one. @param {Ask} ask @param {Strings} strings */
export async function showPasskey(ask, strings) {
  const { options } = await ask("POST", "/v1/session/passkey/options");
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return answered(strings, navigator.credentials.get({ publicKey }));
}

/** A new passkey. @param {Ask} ask @param {Strings} strings */
export async function makePasskey(ask, strings) {
  const { options } = await ask("POST", "/v1/me/passkeys/options");
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return answered(strings, navigator.credentials.create({ publicKey }));
}

/** @param {Strings} strings @param {Promise<Credential | null>} asked */
async function answered(strings, asked) {
  try {
    const credential = /** @type {PublicKeyCredential} */ (await asked);
    return { passkey: credential.toJSON() };
  } catch (error) {
    const has = error instanceof DOMException && error.name === "InvalidStateError";
    throw new Error(has ? strings.passkeyHasOne : strings.passkeyNone, { cause: error });
  }
}
