// Security keys and passkeys. A button with data-webauthn="get" or "create" asks the browser for a key by the options in
// data-options, puts the answer into the field of its form named by data-field, and sends the form; with data-webauthn-then="stay"
// it leaves that to the person. Without JavaScript these buttons stay hidden.
"use strict";

(() => {
  const SENTENCES = {
    NotAllowedError: "The key was not used: it was cancelled, or nobody touched it in time. Try again.",
    InvalidStateError: "This key is registered already. Use another one.",
    SecurityError: "Security keys do not work at this address.",
    NotSupportedError: "This key cannot be used here. Use another one.",
  };
  const OTHERWISE = "The browser could not use the key. Try again, or use another factor.";

  const fromText = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const toText = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const described = (keys) => keys.map((key) => ({ ...key, id: fromText(key.id) }));

  const ask = {
    get: (options) =>
      navigator.credentials.get({
        publicKey: {
          ...options,
          challenge: fromText(options.challenge),
          allowCredentials: described(options.allowCredentials),
        },
      }),
    create: (options) =>
      navigator.credentials.create({
        publicKey: {
          ...options,
          challenge: fromText(options.challenge),
          user: { ...options.user, id: fromText(options.user.id) },
          excludeCredentials: described(options.excludeCredentials),
        },
      }),
  };

  const answerOf = (credential) => {
    const response = {};
    for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature"]) {
      if (credential.response[part]) response[part] = toText(credential.response[part]);
    }
    return JSON.stringify({ id: credential.id, rawId: toText(credential.rawId), type: credential.type, response });
  };

  const say = (form, sentence, failed) => {
    const status = form.querySelector("[data-webauthn-status]");
    status.textContent = sentence;
    status.classList.toggle("field__error", failed);
  };

  const use = async (button) => {
    const form = button.form;
    const stays = button.dataset.webauthnThen === "stay";
    if (!stays && !form.reportValidity()) return;
    button.disabled = true;
    say(form, "Waiting for your key …", false);
    try {
      const credential = await ask[button.dataset.webauthn](JSON.parse(button.dataset.options));
      form.elements[button.dataset.field].value = answerOf(credential);
    } catch (error) {
      button.disabled = false;
      say(form, SENTENCES[error.name] || OTHERWISE, true);
      return;
    }
    say(form, "Your key answered.", false);
    if (!stays) form.submit();
  };

  if (!window.PublicKeyCredential) return;
  for (const button of document.querySelectorAll("[data-webauthn]")) {
    button.hidden = false;
    button.addEventListener("click", () => use(button));
  }
  for (const note of document.querySelectorAll("[data-webauthn-missing]")) note.hidden = true;
})();
