// The dashboard's behaviour in the browser: going from page to page, menus, sorting, definitions, light and dark.
(() => {
  "use strict";
  const root = document.documentElement;
  const mallard = (window.mallard = { currency: "$", whole: false });

  // light and dark ------------------------------------------------------------------------------------------
  const applyTheme = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  const stored = () => {
    try { return localStorage.getItem("mallard-theme"); } catch { return null; }
  };
  applyTheme(stored());
  const darkNow = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const flipTheme = () => {
    const next = darkNow() ? "light" : "dark";
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    try {
      if (next === system) localStorage.removeItem("mallard-theme");
      else localStorage.setItem("mallard-theme", next);
    } catch { /* storage may be off: the choice lasts as long as the page */ }
    applyTheme(next === system ? null : next);
  };

  // figures -------------------------------------------------------------------------------------------------
  const plain = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
  const two = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const short = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });
  const sign = (value, text) => (value < 0 ? "−" : "") + text;
  mallard.figure = (value, kind) => {
    if (value === null || value === undefined || Number.isNaN(value)) return "–";
    const size = Math.abs(value);
    if (kind === "money") return sign(value, mallard.currency + (mallard.whole ? plain : two).format(size));
    if (kind === "rate") return sign(value, two.format(size * 100) + "%");
    if (kind === "seconds") return size < 90 ? `${size.toFixed(0)} s` : size < 5400 ? `${(size / 60).toFixed(0)} m` : `${(size / 3600).toFixed(1)} h`;
    if (kind === "hours") return size < 1.5 ? `${(size * 60).toFixed(0)} m` : `${size.toFixed(1)} h`;
    if (kind === "number") return sign(value, two.format(size));
    return sign(value, plain.format(size));
  };
  mallard.axis = (value, kind) => {
    if (kind === "money") return sign(value, mallard.currency + short.format(Math.abs(value)));
    if (kind === "rate") return `${+(value * 100).toFixed(2)}%`;
    if (kind === "seconds") return mallard.figure(value, kind);
    if (kind === "hours") return `${+value.toFixed(2)} h`;
    return short.format(value);
  };
  mallard.shortDay = (label) => label.replace(/^(\d{1,2} \w{3}) \d{4}$/, "$1");
  const safe = (text) => {
    const box = document.createElement("span");
    box.textContent = text;
    return box.innerHTML;
  };
  mallard.tooltip = (points, kind) => {
    const list = Array.isArray(points) ? points : [points];
    if (!list.length) return "";
    const rows = list
      .filter((p) => p.value !== null && p.value !== undefined && p.value !== "-")
      .map((p) => `<div><i style="background:${p.color}"></i><span>${safe(p.data?.name ?? p.seriesName)}</span><b>${mallard.figure(+p.value, kind)}</b></div>`);
    return `<strong>${safe(list[0].axisValueLabel ?? list[0].name)}</strong>${rows.join("")}`;
  };

  // going about ---------------------------------------------------------------------------------------------
  const address = () => location.pathname + location.search;
  let waiting = 0;
  const go = (url, push = true) => {
    if (push) history.pushState({}, "", url);
    closeMenus();
    root.classList.remove("nav-open");
    clearTimeout(waiting);
    waiting = setTimeout(() => root.classList.add("loading"), 120);
    emitEvent("mallard_go", url);
  };
  mallard.arrived = (path, title, scroll) => {
    clearTimeout(waiting);
    root.classList.remove("loading");
    document.title = title;
    if (scroll) window.scrollTo({ top: 0, behavior: "instant" });
    root.dataset.arrived = path;
  };
  mallard.reload = () => emitEvent("mallard_go", address());
  window.addEventListener("popstate", () => go(address(), false));

  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
  };
  document.addEventListener("click", (event) => {
    const act = event.target.closest("[data-do]");
    if (act?.dataset.do === "theme") return flipTheme();
    if (act?.dataset.do === "menu") return void root.classList.toggle("nav-open");
    if (root.classList.contains("nav-open") && !event.target.closest(".side")) root.classList.remove("nav-open");
    closeMenus(event.target.closest("details.menu"));
    const head = event.target.closest("th button");
    if (head) return sort(head.closest("th"));
    const link = event.target.closest("a[href^='/']");
    if (!link || link.hasAttribute("download") || link.getAttribute("href").startsWith("/download/") || link.target || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go(link.getAttribute("href"));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { closeMenus(); root.classList.remove("nav-open"); hideTip(); }
    if (event.key === "/" && !event.target.closest("input")) {
      const field = document.querySelector(".search input");
      if (field) { event.preventDefault(); field.focus(); field.select(); }
    }
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches(".range, .search")) return;
    event.preventDefault();
    const query = new URLSearchParams(location.search);
    if (form.matches(".range")) query.delete("period");
    for (const [name, value] of new FormData(form)) value ? query.set(name, value) : query.delete(name);
    const path = form.matches(".search") ? location.pathname.split("/").slice(0, 2).join("/") : location.pathname;
    go(path + (query.size ? `?${query}` : ""));
  });

  // tables --------------------------------------------------------------------------------------------------
  const sort = (head) => {
    const place = head.cellIndex;
    const numeric = head.classList.contains("num");
    const down = head.getAttribute("aria-sort") === (numeric ? "none" : "ascending") || head.getAttribute("aria-sort") === "ascending";
    const body = head.closest("table").tBodies[0];
    const key = (row) => row.cells[place].dataset.v ?? "";
    const rows = [...body.rows].sort((a, b) => {
      const [x, y] = [key(a), key(b)];
      if (x === "" || y === "") return x === y ? 0 : x === "" ? 1 : -1;
      const order = numeric ? x - y : x.localeCompare(y, undefined, { numeric: true });
      return down ? -order : order;
    });
    for (const other of head.parentElement.cells) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    body.append(...rows);
  };

  // definitions ---------------------------------------------------------------------------------------------
  let bubble;
  const hideTip = () => bubble?.classList.remove("on");
  const showTip = (on) => {
    if (!bubble) {
      bubble = document.createElement("div");
      bubble.className = "bubble";
      document.body.append(bubble);
    }
    bubble.textContent = on.dataset.tip;
    bubble.classList.add("on");
    const at = on.getBoundingClientRect();
    const size = bubble.getBoundingClientRect();
    const left = Math.min(Math.max(8, at.left + at.width / 2 - size.width / 2), innerWidth - size.width - 8);
    const below = at.bottom + 8 + size.height < innerHeight;
    bubble.style.left = `${left}px`;
    bubble.style.top = `${below ? at.bottom + 8 : at.top - size.height - 8}px`;
  };
  for (const kind of ["mouseover", "focusin"]) {
    document.addEventListener(kind, (event) => {
      const on = event.target.closest?.("[data-tip]");
      on ? showTip(on) : hideTip();
    });
  }
  window.addEventListener("scroll", hideTip, { passive: true });
})();
