// Rows of a form: add one by copying the last, remove one; the last stays and is emptied.
"use strict";
(() => {
  const rowsOf = (box) => [...box.querySelectorAll(":scope > [data-row]")];
  const renumber = (box) => {
    rowsOf(box).forEach((row, index) => {
      const put = (text) => text.replace(/\d+/, String(index + 1));
      row.querySelectorAll("[data-n]").forEach((el) => { el.textContent = put(el.textContent); });
      row.querySelectorAll("[data-remove]").forEach((el) => { el.setAttribute("aria-label", put(el.getAttribute("aria-label"))); });
    });
  };
  const empty = (row) => {
    row.querySelectorAll("input, textarea").forEach((el) => {
      el.value = "";
      el.removeAttribute("aria-invalid");
    });
    row.querySelectorAll("select").forEach((el) => { el.selectedIndex = 0; });
    row.querySelectorAll(".hint").forEach((el) => el.remove());
  };
  document.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add]");
    if (add) {
      const box = document.querySelector(`[data-rows="${add.dataset.add}"]`);
      const row = rowsOf(box).pop().cloneNode(true);
      row.querySelectorAll("[id]").forEach((el) => el.removeAttribute("id"));
      empty(row);
      box.append(row);
      renumber(box);
      row.querySelector("select, input").focus();
    }
    const remove = event.target.closest("[data-remove]");
    if (remove) {
      const row = remove.closest("[data-row]");
      const box = row.parentElement;
      if (rowsOf(box).length > 1) row.remove();
      else empty(row);
      renumber(box);
      box.querySelector("select, input").focus();
    }
  });
})();
