// Rows of a form: add one by copying the last, remove one; the last stays and is emptied.
"use strict";
(() => {
  const renumber = (body) => {
    [...body.rows].forEach((row, index) => {
      row.querySelectorAll("[aria-label]").forEach((el) => {
        el.setAttribute("aria-label", el.getAttribute("aria-label").replace(/\d+/, String(index + 1)));
      });
    });
  };
  const empty = (row) => {
    row.querySelectorAll("input, textarea").forEach((el) => {
      el.value = "";
      el.removeAttribute("aria-invalid");
    });
    row.querySelectorAll("select").forEach((el) => { el.selectedIndex = 0; });
  };
  document.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add]");
    if (add) {
      const body = document.querySelector(`[data-rows="${add.dataset.add}"] tbody`);
      const rows = [...body.rows].filter((row) => !row.classList.contains("why"));
      const row = rows[rows.length - 1].cloneNode(true);
      row.querySelectorAll("[id]").forEach((el) => el.removeAttribute("id"));
      empty(row);
      body.append(row);
      renumber(body);
      row.querySelector("select, input")?.focus();
    }
    const remove = event.target.closest("[data-remove]");
    if (remove) {
      const row = remove.closest("tr");
      const body = row.parentElement;
      if (row.nextElementSibling?.classList.contains("why")) row.nextElementSibling.remove();
      if ([...body.rows].filter((one) => !one.classList.contains("why")).length > 1) row.remove();
      else empty(row);
      renumber(body);
      (body.querySelector("select, input") || document.body).focus();
    }
  });
})();
