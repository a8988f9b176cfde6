// The change-set form: a chosen or dropped file is read at once, and digests are checked while they are typed.
"use strict";
(() => {
  const area = document.querySelector("[data-drop]");
  const input = area?.querySelector("input[type=file]");
  const read = area?.querySelector("button[value=read]");
  input?.addEventListener("change", () => { if (input.files.length) input.form.requestSubmit(read); });
  area?.addEventListener("dragover", (event) => event.preventDefault());
  area?.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    input.form.requestSubmit(read);
  });
  const digest = /^sha256:[0-9a-f]{64}$/;
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!/_digest$/.test(field.name || "")) return;
    const wrong = field.value.trim() !== "" && !digest.test(field.value.trim());
    if (wrong) field.setAttribute("aria-invalid", "true"); else field.removeAttribute("aria-invalid");
  });
  document.addEventListener("focusout", (event) => {
    const field = event.target;
    if (!field.required || !field.matches?.(".input")) return;
    if (field.value.trim()) field.removeAttribute("aria-invalid"); else field.setAttribute("aria-invalid", "true");
  });
})();
