// Keeps a page current: one conditional request brings every changed part by its id.
// What a person is touching stays: a focused field, an open dialog, the head, the Exit button.
"use strict";
(() => {
  const asker = document.getElementById("live");
  if (!asker) return;
  const asof = document.getElementById("asof");
  let every = Number(asker.dataset.every) || 10000;
  let etag = null;
  let fails = 0;
  let last = new Date();
  let timer = null;
  const seen = new Map();

  const pace = () => {
    const calm = document.hidden ? Math.max(every * 6, 30000) : every;
    return fails ? Math.min(60000, Math.max(calm, 2000) * 2 ** Math.min(fails, 5)) : calm;
  };
  const plan = () => {
    clearTimeout(timer);
    timer = setTimeout(() => htmx.trigger(asker, "orr:ask"), pace());
  };
  const late = () => {
    fails += 1;
    if (fails < 2) return;
    const hour = last.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hour12: false });
    asof.textContent = asof.dataset.words.replace("{time}", hour);
    asof.hidden = false;
  };
  const fine = (xhr) => {
    fails = 0;
    last = new Date();
    asof.hidden = true;
    if (xhr.getResponseHeader("Date")) window.orrServerTime?.(xhr.getResponseHeader("Date"));
    const next = Number(xhr.getResponseHeader("Orr-Every"));
    if (next) every = next;
    if ((xhr.getResponseHeader("Orr-Shape") ?? "") !== asker.dataset.shape) location.reload();
  };

  document.body.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt !== asker) return;
    event.detail.path = location.pathname + location.search;
    if (etag) event.detail.headers["If-None-Match"] = etag;
  });
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.elt !== asker && event.detail.target !== asker) return;
    if (event.detail.xhr.status !== 200) event.detail.shouldSwap = false;
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt !== asker) return;
    const { xhr } = event.detail;
    if (xhr.status === 200 || xhr.status === 304) {
      fine(xhr);
      etag = xhr.getResponseHeader("ETag") || etag;
    } else if (xhr.status === 401 || xhr.status === 403) {
      location.reload();
      return;
    } else {
      late();
    }
    plan();
  });

  const busy = (part) => {
    const active = document.activeElement;
    if (part.contains(active) && /^(INPUT|TEXTAREA|SELECT)$/.test(active.tagName)) return true;
    return part.querySelector("dialog[open], [data-keep][open]") !== null;
  };
  let focus = null;
  document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
    const target = event.detail.target;
    const fresh = event.detail.fragment.firstElementChild || event.detail.fragment;
    const text = fresh.outerHTML;
    if (seen.get(target.id) === text || busy(target)) {
      event.detail.shouldSwap = false;
      return;
    }
    if (target.dataset.hold !== undefined && hold(target, event.detail.fragment)) {
      event.detail.shouldSwap = false;
      return;
    }
    seen.set(target.id, text);
    const active = document.activeElement;
    if (active && target.contains(active)) focus = { id: active.id, href: active.getAttribute("href"), part: target.id };
  });
  document.body.addEventListener("htmx:oobAfterSwap", () => {
    document.dispatchEvent(new CustomEvent("orr:swapped"));
    if (!focus) return;
    const part = document.getElementById(focus.part);
    const again = (focus.id && document.getElementById(focus.id)) ||
      (focus.href && part?.querySelector(`[href="${CSS.escape(focus.href)}"]`));
    again?.focus({ preventScroll: true });
    focus = null;
  });

  // New log lines wait behind a button, so that nothing moves under the reader.
  const hold = (part, fragment) => {
    const known = new Set([...part.querySelectorAll("[data-line]")].map((li) => li.dataset.line));
    const fresh = [...fragment.querySelectorAll("[data-line]")].filter((li) => !known.has(li.dataset.line));
    if (!fresh.length) return false;
    const button = document.getElementById(`${part.id}-new`);
    if (!button) return false;
    button.querySelector("[data-n]").textContent = String(fresh.length);
    button.hidden = false;
    button.onclick = () => {
      part.replaceWith(fragment.cloneNode(true));
      button.hidden = true;
      document.dispatchEvent(new CustomEvent("orr:swapped"));
    };
    return true;
  };

  document.addEventListener("visibilitychange", () => { if (!document.hidden) { clearTimeout(timer); htmx.trigger(asker, "orr:ask"); } });
  window.addEventListener("online", () => htmx.trigger(asker, "orr:ask"));
  timer = setTimeout(() => htmx.trigger(asker, "orr:ask"), 600);
})();
