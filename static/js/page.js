// What every page does: the reader's zone, the theme, copy buttons, keys, focus on a refusal.
"use strict";
(() => {
  const root = document.documentElement;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const cookie = (name, value) => {
    const secure = location.protocol === "https:" ? ";secure" : "";
    document.cookie = `${name}=${encodeURIComponent(value)};path=/;max-age=31536000;samesite=lax${secure}`;
  };
  if (zone && !document.cookie.includes(`orr_zone=${encodeURIComponent(zone)}`)) cookie("orr_zone", zone);

  const show = (scope) => scope.querySelectorAll(".js[hidden]").forEach((el) => { el.hidden = false; });
  document.addEventListener("orr:swapped", () => show(document));

  document.addEventListener("click", (event) => {
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      navigator.clipboard.writeText(copy.dataset.copy).then(() => {
        copy.classList.add("done");
        setTimeout(() => copy.classList.remove("done"), 1500);
      });
      return;
    }
    const theme = event.target.closest("[data-theme-to]");
    if (theme) {
      event.preventDefault();
      root.dataset.theme = theme.dataset.themeTo;
      cookie("orr_theme", theme.dataset.themeTo);
      theme.parentElement.querySelectorAll("a").forEach((a) => a.removeAttribute("aria-current"));
      theme.setAttribute("aria-current", "true");
      return;
    }
    const fill = event.target.closest("[data-fill]");
    if (fill) {
      event.preventDefault();
      for (const [id, value] of Object.entries(JSON.parse(fill.dataset.fill))) {
        const field = document.getElementById(id);
        if (field) field.value = value;
      }
      document.querySelector("form.door-pad button[type=submit]")?.focus();
    }
  });

  const typing = (el) => el && (el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.querySelectorAll("details.acct[open]").forEach((d) => { d.open = false; });
    if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = CSS.escape(event.key);
    const target = [...document.querySelectorAll(`[data-key="${key}"]`)].find((el) => el.offsetParent !== null);
    if (!target) return;
    event.preventDefault();
    if (typing(target)) target.focus(); else target.click();
  });

  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.acct[open]").forEach((d) => {
      if (!d.contains(event.target)) d.open = false;
    });
  });

  document.addEventListener("DOMContentLoaded", () => {
    show(document);
    document.querySelector("[data-focus]")?.focus();
  });
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || event.defaultPrevented) return;
    if (event.target.dataset.sent) { event.preventDefault(); return; }
    if (event.target.method === "post") event.target.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
  });
})();
