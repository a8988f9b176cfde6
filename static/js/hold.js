// Exit asks for a hand that means it: hold the button (mouse, touch, Space or Enter) for a second and a half.
// Without this script the same form asks to type the review's id.
"use strict";
(() => {
  const form = document.querySelector("form[data-hold-form]");
  if (!form) return;
  const button = form.querySelector("[data-hold-button]");
  const typed = form.querySelector("[data-typed]");
  const field = typed.querySelector("input");
  const held = form.querySelector("input[name=held]");
  let timer = null;
  button.hidden = false;
  form.querySelector("[data-hold-hint]").hidden = false;
  typed.hidden = true;
  field.required = false;
  button.focus({ preventScroll: true });
  form.querySelector("[data-type-instead]").addEventListener("click", () => {
    typed.hidden = false;
    field.required = true;
    field.focus();
  });
  const start = (event) => {
    if (timer || (event.type === "keydown" && (event.repeat || !/^( |Enter)$/.test(event.key)))) return;
    if (event.type === "pointerdown" && event.button !== 0) return;
    event.preventDefault();
    button.focus();
    button.classList.add("holding");
    timer = setTimeout(() => {
      held.value = "1";
      field.required = false;
      form.requestSubmit();
    }, 1500);
  };
  const stop = () => {
    clearTimeout(timer);
    timer = null;
    button.classList.remove("holding");
  };
  button.addEventListener("pointerdown", start);
  button.addEventListener("keydown", start);
  for (const name of ["pointerup", "pointerleave", "pointercancel", "keyup", "blur"]) button.addEventListener(name, stop);
  button.addEventListener("click", (event) => event.preventDefault());
})();
