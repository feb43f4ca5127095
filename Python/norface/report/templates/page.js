"use strict";
(() => {
  const page = JSON.parse(document.getElementById("data").textContent);
  const whole = Math.max(1, Math.round(page.seconds * 1000));
  const shown = { from: 0, to: whole };
  const views = [];
  const PART = 0.82;
  const PRINTED = 700;

  // --- Curves: a byte a point, 255 where nothing is known.
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const points = page.points.at ?? Array.from({ length: page.points.count ?? 0 }, (_, i) => Math.round((i + 0.5) * page.points.width));
  const height = (row, byte) => (byte === 255 ? null : row - (byte / 254) * PART);
  const unpack = (curves) =>
    curves.flatMap((curve, row) => {
      const mean = bytes(curve.mean), low = curve.low && bytes(curve.low), high = curve.high && bytes(curve.high);
      return points.map((t, i) => {
        const point = { t, r: row, m: height(row, mean[i]) };
        if (low) { point.l = height(row, low[i]); point.h = height(row, high[i]); }
        return point;
      });
    });

  // --- Drawing.
  const isNarrow = (width) => width < 620;
  const draw = async (chart) => {
    const box = document.getElementById(chart.id);
    const width = box.clientWidth || 800, label = box.getAttribute("aria-label");
    const spec = chart.spec;
    spec.width = width;
    const setting = { from: shown.from, to: shown.to, narrow: isNarrow(width) };
    for (const param of spec.params) if (param.name in setting) param.value = setting[param.name];
    if (chart.curves) spec.datasets = { curves: unpack(chart.curves) };
    const { view } = await vegaEmbed(box, spec, { mode: "vega-lite", renderer: "svg", actions: false, ast: false });
    // The box has a text of its own, which Vega puts aside; the parts of the drawing have none.
    box.setAttribute("role", "img");
    box.setAttribute("aria-label", label);
    box.removeAttribute("aria-roledescription");
    box.querySelector("svg").setAttribute("aria-hidden", "true");
    box.style.minHeight = "";
    views.push({ view, box, time: chart.time });
    if (chart.time) listen(box, view);
  };

  const resize = (width) => {
    for (const { view, box } of views) {
      const now = width ?? box.clientWidth;
      if (now) view.signal("narrow", isNarrow(now)).width(now).resize().run();
    }
  };

  // --- The shown stretch of time.
  const spell = (ms) => {
    const seconds = Math.floor(ms / 1000 + 1e-9), pad = (n) => String(n).padStart(2, "0");
    const h = Math.floor(seconds / 3600), m = Math.floor(seconds / 60) % 60, s = seconds % 60;
    const part = ms % 1000 ? "." + String(Math.floor(ms % 1000 / 100)) : "";
    return (h ? h + ":" + pad(m) : String(m)) + ":" + pad(s) + part;
  };
  const parse = (text) => {
    const parts = text.trim().split(":").map(Number);
    return text.trim() && parts.every((n) => Number.isFinite(n) && n >= 0) ? parts.reduce((sum, n) => sum * 60 + n, 0) * 1000 : NaN;
  };
  const form = document.getElementById("window");
  const inputs = form && [document.getElementById("from"), document.getElementById("to")];
  const tell = () => {
    if (!form) return;
    inputs[0].value = spell(shown.from);
    inputs[1].value = spell(shown.to);
    document.getElementById("shown").textContent = `Showing ${spell(shown.from)} to ${spell(shown.to)}`;
  };
  let waiting = false;
  const show = (from, to) => {
    const least = Math.min(200, whole), length = Math.min(whole, Math.max(least, to - from));
    shown.from = Math.round(Math.min(Math.max(0, from), whole - length));
    shown.to = Math.round(shown.from + length);
    tell();
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      for (const { view, time } of views) if (time) view.signal("from", shown.from).signal("to", shown.to).run();
    });
  };

  // --- A line through all charts at the pointer, and zooming by dragging.
  const lines = [];
  const point = (ms) => lines.forEach((line) => line(ms));
  const listen = (box, view) => {
    const line = Object.assign(document.createElement("div"), { className: "hair" });
    const label = line.appendChild(document.createElement("span"));
    const band = Object.assign(document.createElement("div"), { className: "band" });
    box.append(line, band);
    const left = () => view.origin()[0];
    const timeAt = (event) => {
      const x = event.clientX - box.getBoundingClientRect().left - left();
      return shown.from + (Math.min(Math.max(x, 0), view.width()) / view.width()) * (shown.to - shown.from);
    };
    const placeOf = (ms) => left() + ((ms - shown.from) / (shown.to - shown.from)) * view.width();
    lines.push((ms) => {
      line.style.display = ms === null ? "none" : "block";
      if (ms !== null) { line.style.left = placeOf(ms) + "px"; label.textContent = spell(Math.round(ms / 100) * 100); }
    });
    let begun = null;
    box.addEventListener("pointerdown", (event) => { if (event.pointerType === "mouse" && event.button === 0) begun = timeAt(event); });
    box.addEventListener("pointermove", (event) => {
      const now = timeAt(event);
      point(now);
      if (begun === null) return;
      band.style.display = "block";
      band.style.left = placeOf(Math.min(begun, now)) + "px";
      band.style.width = Math.abs(placeOf(now) - placeOf(begun)) + "px";
      event.preventDefault();
    });
    const end = (event) => {
      if (begun === null) return;
      const now = timeAt(event), from = begun;
      begun = null;
      band.style.display = "none";
      if (Math.abs(placeOf(now) - placeOf(from)) > 6) show(Math.min(from, now), Math.max(from, now));
    };
    box.addEventListener("pointerup", end);
    box.addEventListener("pointerleave", (event) => { point(null); end(event); });
    box.addEventListener("dblclick", () => show(0, whole));
  };

  if (form) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const [from, to] = inputs.map((input) => parse(input.value));
      if (from < to) show(from, to); else tell();
    });
    for (const input of inputs) input.addEventListener("change", () => form.requestSubmit());
    for (const button of form.querySelectorAll("[data-move]"))
      button.addEventListener("click", () => { const by = (shown.to - shown.from) * button.dataset.move; show(shown.from + by, shown.to + by); });
    for (const button of form.querySelectorAll("[data-zoom]"))
      button.addEventListener("click", () => {
        const middle = (shown.from + shown.to) / 2, half = ((shown.to - shown.from) / 2) * button.dataset.zoom;
        show(middle - half, middle + half);
      });
    document.getElementById("whole").addEventListener("click", () => show(0, whole));
    tell();
  }
  for (const button of document.querySelectorAll("button.show"))
    button.addEventListener("click", () => {
      const at = button.dataset.at * 1000, end = (button.dataset.end ?? button.dataset.at) * 1000, room = Math.max(2000, (end - at) / 2);
      show(at - room, end + room);
      document.querySelector("figure.time")?.scrollIntoView({ block: "center" });
    });

  // --- Tables that can be sorted.
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
    heads.forEach((head, column) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: head.textContent });
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "descending" || (!head.hasAttribute("aria-sort") && !head.classList.contains("n"));
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "ascending" : "descending");
        const isNumber = head.classList.contains("n");
        const value = (row) => {
          const text = row.cells[column].textContent.trim();
          return isNumber ? (text.includes(":") ? parse(text) : parseFloat(text.replace("−", "-"))) : text;
        };
        const order = (a, b) => {
          const [x, y] = [value(a), value(b)];
          if (!isNumber) return x.localeCompare(y, undefined, { numeric: true }) * (down ? 1 : -1);
          if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y);
          return (x - y) * (down ? 1 : -1);
        };
        body.append(...[...body.rows].sort(order));
      });
    });
  }

  // --- Print: paper is narrow, and what is folded away is shown. Everything of the recording is printed as it is shown.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    opened.forEach((part) => { part.open = true; });
    resize(PRINTED);
  });
  addEventListener("afterprint", () => {
    opened.forEach((part) => { part.open = false; });
    resize();
  });
  let timer;
  addEventListener("resize", () => { clearTimeout(timer); timer = setTimeout(() => { if (!matchMedia("print").matches) resize(); }, 120); });

  (async () => {
    for (const chart of page.charts) {
      await draw(chart);
      await new Promise((done) => setTimeout(done));
    }
    document.body.dataset.drawn = String(views.length);
  })();
})();
