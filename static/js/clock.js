// Clocks tick here, from the server's moments; every answer of the server corrects the offset.
"use strict";
(() => {
  let offset = 0;
  const lang = document.documentElement.lang || "en";
  const two = (n) => String(n).padStart(2, "0");
  const clock = (total) => {
    const s = Math.max(0, Math.floor(total));
    const h = Math.floor(s / 3600);
    const m = Math.floor((s % 3600) / 60);
    return h ? `${h}:${two(m)}:${two(s % 60)}` : `${two(m)}:${two(s % 60)}`;
  };
  const unit = (n, name) => new Intl.NumberFormat(lang, { style: "unit", unit: name, unitDisplay: lang === "ko" ? "short" : "short" }).format(n);
  const age = (total) => {
    if (total < 60) return null;
    if (total < 3600) return unit(Math.floor(total / 60), "minute");
    if (total < 86400) return unit(Math.floor(total / 3600), "hour");
    return unit(Math.floor(total / 86400), "day");
  };
  const put = (el, text) => { if (text !== null && el.textContent !== text) el.textContent = text; };
  const tick = () => {
    const now = Date.now() + offset;
    document.querySelectorAll("[data-until]").forEach((el) => {
      put(el, clock((Date.parse(el.dataset.until) - now) / 1000 + 0.999));
    });
    document.querySelectorAll("[data-since]").forEach((el) => {
      put(el, clock((now - Date.parse(el.dataset.since)) / 1000));
    });
    document.querySelectorAll("progress[data-from]").forEach((el) => {
      const from = Date.parse(el.dataset.from);
      const to = Date.parse(el.dataset.to);
      el.value = to > from ? Math.max(0, Math.min(100, ((now - from) / (to - from)) * 100)) : 100;
    });
  };
  const ages = () => {
    const now = Date.now() + offset;
    document.querySelectorAll("[data-age]").forEach((el) => {
      put(el, age((now - Date.parse(el.getAttribute("datetime"))) / 1000));
    });
  };
  // The Date header counts whole seconds, so only a larger difference says that this clock is off.
  window.orrServerTime = (header) => {
    const server = Date.parse(header);
    if (Number.isNaN(server)) return;
    const off = server + 500 - Date.now();
    offset = Math.abs(off) > 1500 ? off : 0;
  };
  document.addEventListener("orr:swapped", () => { tick(); });
  document.addEventListener("DOMContentLoaded", () => {
    tick();
    setInterval(tick, 250);
    setInterval(ages, 20000);
  });
})();
