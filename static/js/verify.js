// Computes a file's SHA-256 in this browser and looks it up; the file goes nowhere.
"use strict";
(() => {
  const input = document.querySelector("[data-hash]");
  if (!input) return;
  const field = document.getElementById(input.dataset.hash);
  const look = async (file) => {
    const sum = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    field.value = `sha256:${[...new Uint8Array(sum)].map((b) => b.toString(16).padStart(2, "0")).join("")}`;
    field.form.requestSubmit();
  };
  input.addEventListener("change", () => { if (input.files[0]) look(input.files[0]); });
  const area = input.closest(".drop");
  area.addEventListener("dragover", (event) => event.preventDefault());
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files[0]) look(event.dataTransfer.files[0]);
  });
})();
