// Passkeys: hands the server's challenge to the browser, and the browser's answer back in the form.
"use strict";
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const listed = (keys) => (keys || []).map((key) => ({ ...key, id: bytes(key.id) }));

  const asked = (options) => {
    const read = { ...options, challenge: bytes(options.challenge) };
    if (options.user) read.user = { ...options.user, id: bytes(options.user.id) };
    if (options.excludeCredentials) read.excludeCredentials = listed(options.excludeCredentials);
    if (options.allowCredentials) read.allowCredentials = listed(options.allowCredentials);
    return read;
  };

  const told = (credential) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = text(credential.response[name]);
    }
    return JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment,
      clientExtensionResults: credential.getClientExtensionResults(),
      response,
    });
  };

  const prove = async (form) => {
    const answer = await fetch(form.dataset.options, { headers: { Accept: "application/json" } });
    if (answer.redirected) { location.assign(answer.url); return; }
    if (!answer.ok) throw new Error(`options: ${answer.status}`);
    const publicKey = asked((await answer.json()).publicKey);
    const keys = navigator.credentials;
    const credential = await (form.dataset.passkey === "create" ? keys.create({ publicKey }) : keys.get({ publicKey }));
    form.elements.namedItem("credential").value = told(credential);
    HTMLFormElement.prototype.submit.call(form);
  };

  document.querySelectorAll("[data-without-script]").forEach((said) => { said.hidden = true; });
  document.querySelectorAll("form[data-passkey]").forEach((form) => {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      prove(form).catch(() => {
        const failed = document.querySelector("[data-passkey-failed]");
        failed.hidden = false;
        failed.focus();
      });
    });
  });
})();
