// The submit button says what the chosen option will do.
"use strict";
(() => {
  const say = () => {
    const chosen = document.querySelector("input[data-word]:checked");
    if (!chosen) return;
    document.querySelectorAll("[data-submit]").forEach((el) => { el.textContent = chosen.dataset.word; });
  };
  document.addEventListener("change", say);
  document.addEventListener("DOMContentLoaded", say);
  window.addEventListener("pageshow", say);
})();
