// Signs with a passkey: asks for the question, lets the authenticator answer, sends the form.
"use strict";
(() => {
  const button = document.querySelector("[data-passkey]");
  if (!button || !window.PublicKeyCredential) return;
  const form = button.form;
  const said = document.getElementById("passkey-said");
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (data) => btoa(String.fromCharCode(...new Uint8Array(data)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const ask = async () => {
    const answer = await fetch(button.dataset.passkey, { method: "POST", body: new FormData(form) });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.error);
    const wanted = told.publicKey;
    wanted.challenge = bytes(wanted.challenge);
    (wanted.allowCredentials || []).forEach((one) => { one.id = bytes(one.id); });
    return wanted;
  };

  const sign = async () => {
    const made = await navigator.credentials.get({ publicKey: await ask() });
    form.elements.answer.value = JSON.stringify({
      id: made.id,
      rawId: text(made.rawId),
      type: made.type,
      response: {
        clientDataJSON: text(made.response.clientDataJSON),
        authenticatorData: text(made.response.authenticatorData),
        signature: text(made.response.signature),
      },
    });
    form.requestSubmit(form.querySelector("[data-sign]"));
  };

  button.closest(".js").hidden = false;
  button.addEventListener("click", () => {
    const approve = form.querySelector("input[name=judgement][value=approve]");
    if (approve && !approve.disabled) { approve.checked = true; approve.dispatchEvent(new Event("change", { bubbles: true })); }
    said.hidden = true;
    button.disabled = true;
    sign().catch((error) => {
      said.textContent = error.name === "Error" ? error.message : said.dataset.words;
      said.hidden = false;
      said.focus();
    }).finally(() => { button.disabled = false; });
  });
})();
