// The gates table: problems only or all, and one gate open or closed; kept while the page is refreshed.
"use strict";
(() => {
  let only = null;
  const open = new Map();
  const table = () => document.querySelector("table.gates");
  const expanded = (body) => {
    const t = table();
    if (matchMedia("(max-width: 760px)").matches || t.classList.contains("only")) {
      return body.dataset.s !== "pass" || body.hasAttribute("data-open");
    }
    return !body.hasAttribute("data-shut");
  };
  const apply = () => {
    const t = table();
    if (!t) return;
    if (only !== null) {
      t.classList.toggle("only", only);
      document.querySelectorAll("[data-view]").forEach((a) => {
        if ((a.dataset.view === "problems") === only) a.setAttribute("aria-current", "true");
        else a.removeAttribute("aria-current");
      });
    }
    for (const body of t.tBodies) {
      if (open.has(body.id)) {
        body.toggleAttribute("data-open", open.get(body.id));
        body.toggleAttribute("data-shut", !open.get(body.id));
      }
      const button = body.querySelector(".tgl");
      button.setAttribute("role", "button");
      button.setAttribute("aria-expanded", String(expanded(body)));
    }
  };
  const toggle = (button) => {
    const body = button.closest("tbody");
    open.set(body.id, !expanded(body));
    apply();
  };
  document.addEventListener("click", (event) => {
    const view = event.target.closest("[data-view]");
    if (view) {
      event.preventDefault();
      only = view.dataset.view === "problems";
      history.replaceState(null, "", view.getAttribute("href"));
      apply();
    }
    const button = event.target.closest(".tgl");
    if (button) { event.preventDefault(); toggle(button); }
    const tile = event.target.closest(".tile");
    if (tile) {
      const body = document.querySelector(tile.getAttribute("href"));
      if (body && !expanded(body)) { open.set(body.id, true); apply(); }
    }
  });
  document.addEventListener("keydown", (event) => {
    const button = event.target.closest?.(".tgl");
    if (button && event.key === " ") { event.preventDefault(); toggle(button); }
  });
  document.addEventListener("orr:swapped", apply);
  document.addEventListener("DOMContentLoaded", apply);
})();
