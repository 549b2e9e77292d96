"use strict";
// The page reads one JSON document and draws it. Names, reasons and log lines come from packages:
// they are only ever set as text, never as markup.

const data = JSON.parse(document.getElementById("data").textContent);
// What is empty is left out of the document.
// Of a line there are the steps from point to point.
for (const { edges } of Object.values(data.scenes)) {
  for (const [, , , , points] of edges) for (let i = 2; i < points.length; i += 1) points[i] += points[i - 2];
}
const EMPTY = { grafted: [], waits: [], warnings: [], excerpt: [] };
function complete(node) {
  const [, name, version, python, build] = /^(.+?)==(.+)@(\w+)(:build)?$/.exec(node.id);
  return { ...EMPTY, name, version, python, build: Boolean(build), ...node };
}
data.nodes = data.nodes.map(complete);
const clock = () => (data.events ? Date.now() : Date.parse(data.written));
const $ = (id) => document.getElementById(id);
const dark = matchMedia("(prefers-color-scheme: dark)");
const byId = new Map(data.nodes.map((node, i) => [node.id, i]));
const PAGE = 60;

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  return filled(made, attributes, children);
}

function drawn(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  return filled(made, attributes, children);
}

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// As porter.phrases has them.
function duration(seconds) {
  if (seconds === null || seconds === undefined) return "";
  if (seconds < 9.95) return `${Math.max(seconds, 0).toFixed(1)}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  const two = (number) => String(number).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h${two(Math.floor((whole % 3600) / 60))}m`;
}

// Seconds a package took, or takes until now.
function took(node) {
  return node.since ? Math.max(0, (clock() - Date.parse(node.since)) / 1000) : node.seconds;
}

function bytes(count) {
  if (!count) return "";
  const units = ["B", "kB", "MB", "GB"];
  while (count >= 1000 && units.length > 1) {
    count /= 1000;
    units.shift();
  }
  return `${count.toFixed(units[0] !== "B" && count < 9.95 ? 1 : 0)} ${units[0]}`;
}

function sign(state) {
  const look = data.looks[state];
  const [, stroke] = dark.matches ? look.dark : look.light;
  return drawn("svg", { width: 14, height: 14, viewBox: "0 0 12 12", "aria-hidden": "true" },
    drawn("path", { d: look.sign, fill: "none", stroke, "stroke-width": 1.8, "stroke-linecap": "round", "stroke-linejoin": "round" }));
}

function stateLabel(state) {
  return element("span", { class: "state" }, sign(state), data.looks[state].says);
}

function link(index) {
  const node = data.nodes[index];
  return element("a", { href: `#node=${encodeURIComponent(node.id)}` }, node.id);
}

// --- what needs what ---------------------------------------------------------------------------

const needs = data.nodes.map(() => []);
const neededBy = data.nodes.map(() => []);
for (const [start, end] of data.edges) {
  needs[start].push(end);
  neededBy[end].push(start);
}

// By package: who waits for it in vain.
let blocked = [];
function findBlocked() {
  blocked = data.nodes.map(() => []);
  data.nodes.forEach((node, i) => node.waits.forEach((cause) => blocked[cause].push(i)));
}
findBlocked();

function reach(start, neighbours) {
  const seen = new Set([start]);
  const todo = [start];
  while (todo.length) {
    for (const next of neighbours[todo.pop()]) {
      if (!seen.has(next)) {
        seen.add(next);
        todo.push(next);
      }
    }
  }
  return seen;
}

// --- what is chosen ----------------------------------------------------------------------------

const chosen = { states: new Set(), search: "", sort: "state", down: false, shown: PAGE, open: null };
// As in `porter status`: what a person looks for stands first.
const ORDER = ["running", "interrupted", "failed", "no-source", "blocked", "port", "built", "available"];
const COLUMNS = [
  ["state", "State", (node) => ORDER.indexOf(node.state)],
  ["name", "Package", (node, i) => rank[i]],
  ["version", "Version", (node) => node.version],
  ["python", "Python", (node) => node.python, "wide"],
  ["strategy", "Strategy", (node) => node.strategy || "", "wide"],
  ["phase", "Phase", (node) => node.phase || "", "wide"],
  ["seconds", "Time", (node) => took(node) ?? -1],
  ["before", "Before", (node) => node.before ?? -1, "wide"],
  ["size", "Size", (node) => node.size ?? -1, "wide"],
  ["blocks", "Blocks", (node, i) => blocked[i].length, "wide"],
  ["reason", "Why", (node) => node.reason || "", "wide"],
];

function matching() {
  const words = chosen.search.toLowerCase().split(/\s+/).filter(Boolean);
  return data.nodes.map((_, i) => i).filter((i) => {
    const node = data.nodes[i];
    if (chosen.states.size && !chosen.states.has(node.state)) return false;
    const text = `${node.id} ${data.looks[node.state].says} ${node.state} ${node.strategy || ""} ${node.phase || ""} ${node.reason || ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

const collator = new Intl.Collator("en", { numeric: true });

// Comparing names is slow, and is done for every tie.
const rank = [];
data.nodes.map((node, i) => [node.name, i]).sort(([a], [b]) => collator.compare(a, b)).forEach(([, i], place) => { rank[i] = place; });

function sorted(indices) {
  const [, , key] = COLUMNS.find(([name]) => name === chosen.sort);
  const direction = chosen.down ? -1 : 1;
  return indices.map((i) => [key(data.nodes[i], i), i]).sort(([a, i], [b, j]) => {
    const order = typeof a === "number" ? a - b : collator.compare(a, b);
    return direction * order || rank[i] - rank[j];
  }).map(([, i]) => i);
}

// What is drawn anew keeps the focus where a person has put it.
function redrawn(parent, key, children) {
  const at = document.activeElement;
  const kept = at && parent.contains(at) ? at.closest(`[${key}]`)?.getAttribute(key) : null;
  parent.replaceChildren(...children);
  if (kept === null || kept === undefined) return;
  const found = parent.querySelector(`[${key}="${CSS.escape(kept)}"]`);
  if (found) (found.matches("button") ? found : found.querySelector("a"))?.focus({ preventScroll: true });
}

// --- head, counts and table --------------------------------------------------------------------

function counts() {
  const found = {};
  for (const node of data.nodes) found[node.state] = (found[node.state] || 0) + 1;
  return found;
}

function showCounts() {
  const found = counts();
  redrawn($("counts"), "data-state", ORDER.filter((state) => found[state]).map((state) =>
    element("button", {
      type: "button", "data-state": state, "aria-pressed": String(chosen.states.has(state)),
      onclick: () => {
        if (!chosen.states.delete(state)) chosen.states.add(state);
        chosen.shown = PAGE;
        showCounts();
        showTable();
        graph.fresh();
      },
    }, sign(state), `${found[state]} ${data.looks[state].says}`)));
}

function showHeads() {
  redrawn($("columns"), "data-column", COLUMNS.map(([name, says, , wide]) =>
    element("th", { scope: "col", class: wide, "aria-sort": chosen.sort === name ? (chosen.down ? "descending" : "ascending") : null },
      element("button", {
        type: "button", "data-column": name,
        onclick: () => {
          chosen.down = chosen.sort === name && !chosen.down;
          chosen.sort = name;
          showHeads();
          showTable();
        },
      }, says + (chosen.sort === name ? (chosen.down ? " ↓" : " ↑") : "")))));
}

function python(node) {
  return node.python + (node.build ? " build" : "");
}

function row(i) {
  const node = data.nodes[i];
  const open = element("a", { href: `#node=${encodeURIComponent(node.id)}` }, node.name);
  return element("tr", { "data-id": node.id, "aria-current": chosen.open === i ? "true" : null },
    element("td", {}, stateLabel(node.state)),
    element("td", {}, open),
    element("td", {}, node.version),
    element("td", { class: "wide" }, python(node)),
    element("td", { class: "wide" }, node.strategy || ""),
    element("td", { class: "wide" }, node.phase || ""),
    element("td", { class: "number" }, duration(took(node))),
    element("td", { class: "number wide" }, duration(node.before)),
    element("td", { class: "number wide" }, bytes(node.size)),
    element("td", { class: "number wide" }, blocked[i].length ? String(blocked[i].length) : ""),
    element("td", { class: "words wide" }, node.reason || ""));
}

function showTable() {
  const found = sorted(matching());
  const shown = found.slice(0, chosen.shown);
  redrawn($("rows"), "data-id", shown.map(row));
  $("found").textContent = found.length === data.nodes.length ? `${found.length} package${found.length === 1 ? "" : "s"}` : `${found.length} of ${data.nodes.length} packages`;
  $("more").hidden = shown.length === found.length;
  $("more").textContent = `Show ${Math.min(PAGE, found.length - shown.length)} more`;
}

// --- one package -------------------------------------------------------------------------------

function fact(list, name, value) {
  if (value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length)) return;
  list.append(element("dt", {}, name), element("dd", {}, ...(Array.isArray(value) ? value : [value])));
}

function links(indices) {
  return indices.slice(0, 40).flatMap((i, at) => (at ? [", ", link(i)] : [link(i)])).concat(indices.length > 40 ? [` and ${indices.length - 40} more`] : []);
}

function times(node) {
  const now = took(node);
  if (now === undefined) return "";
  if (!node.before) return duration(now);
  const change = node.since || node.state !== "built" ? "" : ` (${signed((100 * (now - node.before)) / node.before)} %)`;
  return `${duration(now)}; the build before took ${duration(node.before)}${change}`;
}

function signed(number) {
  const rounded = Math.round(number);
  return `${rounded > 0 ? "+" : rounded < 0 ? "−" : "±"}${Math.abs(rounded)}`;
}

function sizes(node) {
  if (!node.size) return "";
  if (!node.raw) return bytes(node.size);
  return `${bytes(node.size)} after repair, ${bytes(node.raw)} before (${signed((100 * (node.size - node.raw)) / node.raw)} %)`;
}

function excerpt(node) {
  if (!node.excerpt.length) return null;
  const lines = node.excerpt.map((line, i) => (i === node.mark ? element("mark", {}, line) : line + "\n"));
  return element("pre", { "aria-label": "From the log", role: "region", tabindex: "0" }, ...lines);
}

function commands(node) {
  const found = [`porter why ${node.name} ${data.plan}`];
  if (node.log) found.unshift(`porter log ${node.name}`);
  if (node.state === "failed") found.push(`porter build ${data.plan} --retry-failed`);
  else if (node.state === "built") found.push(`porter build ${data.plan} --rebuild ${node.name}`);
  else if (["port", "blocked", "interrupted"].includes(node.state)) found.push(`porter build ${data.plan}`);
  return found;
}

function command(text) {
  const button = element("button", { type: "button", onclick: () => navigator.clipboard.writeText(text).then(() => { button.textContent = "Copied"; }, () => { button.textContent = "Press Ctrl-C"; }) }, "Copy");
  return element("div", { class: "command" }, element("code", {}, text), button);
}

function showDetail() {
  const wanted = new URLSearchParams(location.hash.slice(1)).get("node");
  const index = wanted === null ? undefined : byId.get(wanted);
  const before = chosen.open;
  chosen.open = index === undefined ? null : index;
  $("detail").hidden = chosen.open === null;
  document.querySelectorAll("#rows tr").forEach((tr) => {
    if (tr.dataset.id === wanted) tr.setAttribute("aria-current", "true");
    else tr.removeAttribute("aria-current");
  });
  if (chosen.open !== null) {
    fillDetail(chosen.open);
    if (before !== chosen.open) $("detail-title").focus();
    graph.select(chosen.open);
  } else if (before !== null) {
    graph.select(null);
  }
}

function fillDetail(index) {
  const node = data.nodes[index];
  const facts = element("dl");
  fact(facts, "State", stateLabel(node.state));
  fact(facts, "Why", node.reason);
  fact(facts, "Python", node.python + (node.build ? ", on the build platform" : ""));
  fact(facts, "Strategy", [node.strategy, node.engine].filter(Boolean).join(" on "));
  fact(facts, "Phase", node.phase);
  fact(facts, "Time", times(node));
  fact(facts, "Size", sizes(node));
  fact(facts, "Grafted", node.grafted.join(", "));
  fact(facts, "Tags", node.tags);
  fact(facts, "Verified", node.verified);
  fact(facts, "Waits for", links(node.waits));
  fact(facts, "Blocks", links(blocked[index]));
  fact(facts, "Needs", links(needs[index]));
  fact(facts, "Needed by", links(neededBy[index]));
  fact(facts, "Warnings", node.warnings.flatMap((text, i) => (i ? [element("br"), text] : [text])));
  fact(facts, "Log", node.log ? element("code", {}, node.log) : null);
  $("detail-title").textContent = `${node.name} ${node.version}`;
  const body = [facts, excerpt(node)];
  if (node.hint) body.push(element("p", {}, node.hint));
  $("detail-body").replaceChildren(...body.filter(Boolean), element("h3", {}, "In the workspace"), ...commands(node).map(command));
}

function closeDetail() {
  const id = chosen.open === null ? null : data.nodes[chosen.open].id;
  history.pushState(null, "", "#ports");
  showDetail();
  if (id !== null) document.querySelector(`#rows tr[data-id="${CSS.escape(id)}"] a`)?.focus();
}

// --- the graph ---------------------------------------------------------------------------------

const MOST_FAR = 1500;

const graph = (() => {
  const canvas = $("canvas");
  const context = canvas.getContext("2d");
  const view = { x: 0, y: 0, scale: 1 };
  let scene = data.scenes[data.scene];
  let boxes = new Map();
  let hovered = null;
  let selected = null;
  let lit = null;
  let waiting = false;
  const base = document.createElement("canvas");
  let painted = "";
  let version = 0;
  const signs = Object.fromEntries(Object.entries(data.looks).map(([state, look]) => [state, new Path2D(look.sign)]));

  function use(name) {
    scene = data.scenes[name];
    boxes = new Map(scene.boxes.map((box) => [box[0], box]));
    fresh();
    fit();
  }

  function size() {
    const ratio = devicePixelRatio || 1;
    const { width, height } = canvas.getBoundingClientRect();
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    return [width, height];
  }

  function fit() {
    const [width, height] = size();
    view.scale = Math.min(1.2, (width - 40) / Math.max(scene.width, 1), (height - 40) / Math.max(scene.height, 1));
    view.x = (width - scene.width * view.scale) / 2;
    view.y = (height - scene.height * view.scale) / 2;
    draw();
  }

  function zoom(factor, x, y) {
    const scale = Math.min(4, Math.max(0.01, view.scale * factor));
    view.x = x - ((x - view.x) * scale) / view.scale;
    view.y = y - ((y - view.y) * scale) / view.scale;
    view.scale = scale;
    draw();
  }

  // Something of the boxes has changed.
  function fresh() {
    version += 1;
    draw();
  }

  function draw() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      paint();
    });
  }

  function colors() {
    const style = getComputedStyle(document.documentElement);
    const get = (name) => style.getPropertyValue(name).trim();
    return { ground: get("--ground"), raised: get("--rule"), ink: get("--ink"), soft: get("--soft"), line: get("--line"), accent: get("--accent") };
  }

  // Boxes and lines are painted once for a view of the graph, and again only when something of them
  // changes: what the pointer lights up is painted over a paler copy.
  function paint() {
    const ratio = devicePixelRatio || 1;
    const color = colors();
    const wanted = [view.x, view.y, view.scale, canvas.width, canvas.height, dark.matches, version].join();
    if (wanted !== painted) {
      paintBase(ratio, color);
      painted = wanted;
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = 1;
    context.fillStyle = color.ground;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.globalAlpha = lit ? 0.18 : 1;
    context.drawImage(base, 0, 0);
    place(context, ratio);
    const bounds = seen(ratio);
    if (lit) {
      paintLines(context, scene.edges.filter((edge) => lit.has(edge[0]) && lit.has(edge[1]) && crosses(edge, bounds)), [color.accent, 2], color);
      paintBoxes(context, scene.boxes.filter((box) => lit.has(box[0]) && inside(box, bounds)), color);
    }
    for (const index of [selected, hovered]) if (boxes.has(index)) paintBox(context, boxes.get(index), color);
  }

  function place(target, ratio) {
    target.setTransform(ratio * view.scale, 0, 0, ratio * view.scale, ratio * view.x, ratio * view.y);
  }

  function seen(ratio) {
    const [left, top] = [-view.x / view.scale, -view.y / view.scale];
    return { left, top, right: left + canvas.width / ratio / view.scale, bottom: top + canvas.height / ratio / view.scale };
  }

  function inside([, x, y, w, h], { left, top, right, bottom }) {
    return x < right && x + w > left && y < bottom && y + h > top;
  }

  function paintBase(ratio, color) {
    [base.width, base.height] = [canvas.width, canvas.height];
    const target = base.getContext("2d");
    target.fillStyle = color.ground;
    target.fillRect(0, 0, base.width, base.height);
    place(target, ratio);
    const bounds = seen(ratio);
    for (const [name, x, y, w, h] of scene.frames) {
      target.strokeStyle = color.line;
      target.lineWidth = 1;
      target.strokeRect(x, y, w, h);
      target.fillStyle = color.soft;
      target.font = "12px Roboto, 'Segoe UI', Arial, sans-serif";
      target.fillText(name, x + 12, y + 18);
    }
    paintLines(target, scene.edges.filter((edge) => crosses(edge, bounds)), [color.line, 1.2], color);
    paintBoxes(target, scene.boxes.filter((box) => inside(box, bounds)), color);
  }

  // All lines of a kind are one path: painting each of thousands by itself takes too long.
  function paintLines(target, edges, [stroke, width], color) {
    const shown = isFar() && edges.length > MOST_FAR ? thinned(edges) : edges;
    target.globalAlpha = 1;
    for (const [build, critical] of [[false, false], [true, false], [false, true], [true, true]]) {
      target.strokeStyle = critical ? color.ink : stroke;
      target.lineWidth = lineWidth(critical ? 2.6 : width);
      target.setLineDash(build && !isFar() ? [5, 4] : []);
      const lines = new Path2D();
      for (const edge of shown) {
        if (Boolean(edge[2]) !== build || Boolean(edge[3]) !== critical) continue;
        trace(lines, edge[4]);
        if (view.scale > 0.4) arrow(target, edge[4], target.strokeStyle);
      }
      target.stroke(lines);
    }
    target.setLineDash([]);
  }

  // So far away that boxes are specks and lines a haze: no shapes, no signs, not every line.
  function isFar() {
    return view.scale < 0.12;
  }

  function thinned(edges) {
    const every = Math.ceil(edges.length / MOST_FAR);
    return edges.filter((edge, i) => edge[3] || i % every === 0);
  }

  function paintBoxes(target, shown, color) {
    if (!isFar()) {
      for (const box of shown) paintBox(target, box, color);
      return;
    }
    target.globalAlpha = 1;
    for (const [index, x, y, w, h] of shown) {
      const node = data.nodes[index];
      const look = data.looks[node.state];
      target.fillStyle = isFiltered(node) ? color.raised : (dark.matches ? look.dark : look.light)[1];
      target.fillRect(x, y, w, h);
    }
  }

  function isFiltered(node) {
    return chosen.states.size > 0 && !chosen.states.has(node.state);
  }

  function lineWidth(width) {
    return width / Math.min(1, Math.max(view.scale * 2, 0.25));
  }

  function trace(lines, p) {
    lines.moveTo(p[0], p[1]);
    // From far away a curve is a line.
    if (isFar()) lines.lineTo(p[p.length - 2], p[p.length - 1]);
    else for (let i = 2; i < p.length; i += 6) lines.bezierCurveTo(p[i], p[i + 1], p[i + 2], p[i + 3], p[i + 4], p[i + 5]);
  }

  function crosses(edge, { left, top, right, bottom }) {
    if (!edge.bounds) {
      const xs = edge[4].filter((_, i) => i % 2 === 0);
      const ys = edge[4].filter((_, i) => i % 2 === 1);
      edge.bounds = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
    }
    const [x, y, u, v] = edge.bounds;
    return x < right && u > left && y < bottom && v > top;
  }

  function arrow(context, p, color) {
    const n = p.length;
    const [x, y] = [p[n - 2], p[n - 1]];
    let at = n - 4;
    while (at > 0 && p[at] === x && p[at + 1] === y) at -= 2;
    const angle = Math.atan2(y - p[at + 1], x - p[at]);
    context.fillStyle = color;
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x - 8 * Math.cos(angle - 0.42), y - 8 * Math.sin(angle - 0.42));
    context.lineTo(x - 8 * Math.cos(angle + 0.42), y - 8 * Math.sin(angle + 0.42));
    context.fill();
  }

  function outline(context, [, x, y, w, h], shape) {
    const cut = 0.24 * h;
    context.beginPath();
    if (shape === "cut") polygon(context, [[x + cut, y], [x + w - cut, y], [x + w, y + cut], [x + w, y + h - cut], [x + w - cut, y + h], [x + cut, y + h], [x, y + h - cut], [x, y + cut]]);
    else if (shape === "pointed") polygon(context, [[x + cut, y], [x + w - cut, y], [x + w, y + h / 2], [x + w - cut, y + h], [x + cut, y + h], [x, y + h / 2]]);
    else context.roundRect(x, y, w, h, { pill: h / 2, round: 9, square: 1.5 }[shape]);
  }

  function polygon(context, points) {
    points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.closePath();
  }

  function paintBox(context, box, color) {
    const [index, x, y, , h, folded, critical] = box;
    const node = data.nodes[index];
    const look = data.looks[node.state];
    const [fill, stroke] = dark.matches ? look.dark : look.light;
    context.globalAlpha = isFiltered(node) ? 0.2 : 1;
    outline(context, box, look.shape);
    context.fillStyle = fill;
    context.fill();
    context.strokeStyle = index === selected ? color.accent : stroke;
    context.lineWidth = index === selected || index === hovered ? lineWidth(4) : critical ? 2.8 : 1.4;
    context.setLineDash(look.dashed ? [5, 3] : []);
    context.stroke();
    if (view.scale < 0.3) return;
    context.setLineDash([]);
    context.save();
    context.translate(x + 10, y + (h - 12) / 2);
    context.strokeStyle = stroke;
    context.lineWidth = 1.8;
    context.lineCap = context.lineJoin = "round";
    context.stroke(signs[node.state]);
    context.restore();
    context.fillStyle = color.ink;
    context.font = "500 13px Roboto, 'Segoe UI', Arial, sans-serif";
    context.fillText(`${node.name} ${node.version}`, x + 30, y + 18);
    context.fillStyle = color.soft;
    context.font = "11px Roboto, 'Segoe UI', Arial, sans-serif";
    context.fillText(detail(node, folded), x + 30, y + 32);
  }

  function detail(node, folded) {
    const parts = [python(node)];
    if (node.state !== "available" && took(node)) parts.push(duration(took(node)));
    if (folded) parts.push(`+${folded} wheel${folded > 1 ? "s" : ""}`);
    return parts.join(" · ");
  }

  function at(event) {
    const rect = canvas.getBoundingClientRect();
    const x = (event.clientX - rect.left - view.x) / view.scale;
    const y = (event.clientY - rect.top - view.y) / view.scale;
    const found = scene.boxes.find(([, left, top, w, h]) => x >= left && x <= left + w && y >= top && y <= top + h);
    return found ? found[0] : null;
  }

  function hover(index) {
    if (index === hovered) return;
    hovered = index;
    light();
    canvas.style.cursor = index === null ? "grab" : "pointer";
    $("tip").textContent = index === null ? "" : says(index);
    draw();
  }

  function light() {
    const center = hovered ?? selected;
    lit = center === null ? null : new Set([...reach(center, needs), ...reach(center, neededBy)]);
  }

  function says(index) {
    const node = data.nodes[index];
    const blocks = blocked[index].length ? `, blocks ${blocked[index].length}` : "";
    return `${node.id}: ${data.looks[node.state].says}${blocks}. Needs ${reach(index, needs).size - 1}, needed by ${reach(index, neededBy).size - 1}.`;
  }

  function select(index) {
    selected = index;
    light();
    const box = boxes.get(index);
    if (box) {
      const { width, height } = canvas.getBoundingClientRect();
      const x = (box[1] + box[3] / 2) * view.scale + view.x;
      const y = (box[2] + box[4] / 2) * view.scale + view.y;
      if (x < 20 || y < 20 || x > width - 20 || y > height - 20) {
        view.x += width / 2 - x;
        view.y += height / 2 - y;
      }
    }
    draw();
  }

  // Arrow keys: the nearest box in that direction.
  function step(dx, dy) {
    const from = boxes.get(hovered ?? selected) || scene.boxes[0];
    if (!from) return;
    const [cx, cy] = [from[1] + from[3] / 2, from[2] + from[4] / 2];
    let best = null;
    let least = Infinity;
    for (const box of scene.boxes) {
      const [x, y] = [box[1] + box[3] / 2 - cx, box[2] + box[4] / 2 - cy];
      const ahead = x * dx + y * dy;
      const aside = Math.abs(x * dy) + Math.abs(y * dx);
      if (ahead > 1 && ahead + 2 * aside < least) {
        least = ahead + 2 * aside;
        best = box[0];
      }
    }
    if (best !== null) {
      hover(best);
      const kept = selected;
      select(best);
      selected = kept;
      light();
    }
  }

  const pointers = new Map();
  let moved = false;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, event);
    moved = false;
  });
  canvas.addEventListener("pointermove", (event) => {
    const last = pointers.get(event.pointerId);
    if (!last) {
      hover(at(event));
      return;
    }
    const [dx, dy] = [event.clientX - last.clientX, event.clientY - last.clientY];
    if (pointers.size === 2) {
      const [other] = [...pointers.values()].filter((p) => p.pointerId !== event.pointerId);
      const before = Math.hypot(last.clientX - other.clientX, last.clientY - other.clientY);
      const now = Math.hypot(event.clientX - other.clientX, event.clientY - other.clientY);
      const rect = canvas.getBoundingClientRect();
      if (before > 0) zoom(now / before, (event.clientX + other.clientX) / 2 - rect.left, (event.clientY + other.clientY) / 2 - rect.top);
    } else if (moved || Math.hypot(dx, dy) > 3) {
      moved = true;
      view.x += dx;
      view.y += dy;
      draw();
    } else {
      return;
    }
    pointers.set(event.pointerId, event);
  });
  canvas.addEventListener("pointerup", (event) => {
    pointers.delete(event.pointerId);
    if (moved) return;
    const index = at(event);
    if (index !== null) location.hash = `node=${encodeURIComponent(data.nodes[index].id)}`;
  });
  canvas.addEventListener("pointercancel", (event) => pointers.delete(event.pointerId));
  canvas.addEventListener("pointerleave", () => hover(null));
  canvas.addEventListener("wheel", (event) => {
    // With Ctrl as in maps: the wheel alone scrolls the page.
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const rect = canvas.getBoundingClientRect();
    zoom(Math.exp(-event.deltaY / 300), event.clientX - rect.left, event.clientY - rect.top);
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (directions[event.key]) {
      event.preventDefault();
      step(...directions[event.key]);
    } else if (event.key === "Enter" && hovered !== null) {
      location.hash = `node=${encodeURIComponent(data.nodes[hovered].id)}`;
    } else if (event.key === "+" || event.key === "-") {
      middle(event.key === "+" ? 1.3 : 1 / 1.3);
    } else if (event.key === "0") {
      fit();
    }
  });
  canvas.addEventListener("blur", () => hover(null));
  function middle(factor) {
    const { width, height } = canvas.getBoundingClientRect();
    zoom(factor, width / 2, height / 2);
  }
  new ResizeObserver(() => {
    size();
    draw();
  }).observe(canvas);
  dark.addEventListener("change", draw);
  // Where a package is drawn, in pixels of the window: for tests that click on it.
  canvas.where = (id) => {
    const box = boxes.get(byId.get(id));
    const rect = canvas.getBoundingClientRect();
    return box ? [rect.left + view.x + (box[1] + box[3] / 2) * view.scale, rect.top + view.y + (box[2] + box[4] / 2) * view.scale] : null;
  };
  return { fit, fresh, middle, select, use };
})();

// --- time line and runs ------------------------------------------------------------------------

const PHASES = ["fetch", "prepare", "build", "repair", "verify", "publish"];
const PHASE_OPACITY = { fetch: 0.35, prepare: 0.5, build: 1, repair: 0.6, verify: 0.75, publish: 0.35 };
const MOST_ROWS = 120;

function ticks(end) {
  const step = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 36000].find((s) => end / s <= 10) || 86400;
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, i) => i * step);
}

// The phases of the last run, with the seconds of what is under way until now.
const timeline = new Map();
function addPieces(found) {
  for (const piece of found) timeline.set(`${piece[0]} ${piece[2]}`, piece);
}
addPieces(data.pieces);

function pieces() {
  const now = (clock() - Date.parse(data.began)) / 1000;
  return [...timeline.values()]
    .map(([, node, phase, start, seconds]) => ({ node, phase, start, seconds: seconds ?? Math.max(now - start, 0) }))
    .sort((a, b) => a.start - b.start);
}

function showTimeline() {
  const phases = pieces();
  const rows = new Map();
  for (const piece of phases) {
    if (!rows.has(piece.node)) rows.set(piece.node, []);
    rows.get(piece.node).push(piece);
  }
  if (!rows.size) {
    $("gantt").replaceChildren(element("p", {}, "No run is on record."));
    return;
  }
  const all = [...rows];
  const kept = all.length <= MOST_ROWS ? all : [...all].sort(([, a], [, b]) => total(b) - total(a)).slice(0, MOST_ROWS).sort(([, a], [, b]) => a[0].start - b[0].start);
  const end = phases.reduce((last, piece) => Math.max(last, piece.start + piece.seconds), 0.001);
  const left = 190;
  const width = 1000;
  const x = (seconds) => left + (seconds / end) * (width - left - 20);
  const busy = load(phases);
  const top = 46;
  const svg = drawn("svg", { width, height: top + kept.length * 20 + 34, viewBox: `0 0 ${width} ${top + kept.length * 20 + 34}`, role: "img", "aria-label": `What ran when: ${rows.size} packages in ${duration(end)}, at most ${busy.most} at once.` });
  for (const second of ticks(end)) {
    svg.append(drawn("line", { class: "rule", x1: x(second), x2: x(second), y1: 4, y2: top + kept.length * 20 }));
    svg.append(drawn("text", { class: "soft", x: x(second), y: top + kept.length * 20 + 16, "text-anchor": "middle" }, second ? duration(second) : "0"));
  }
  svg.append(drawn("text", { class: "soft", x: 4, y: 26 }, `at once (${busy.most})`));
  for (const [start, stop, count] of busy.pieces) {
    const height = count ? (30 * count) / busy.most : 30;
    const piece = drawn("rect", { class: count ? "busy" : "idle", x: x(start), width: Math.max(x(stop) - x(start), 0.5), y: 36 - height, height });
    if (!count) piece.append(drawn("title", {}, `idle for ${duration(stop - start)}`));
    svg.append(piece);
  }
  kept.forEach(([index, pieces], i) => {
    const node = data.nodes[index];
    const y = top + i * 20;
    const [, stroke] = dark.matches ? data.looks[node.state].dark : data.looks[node.state].light;
    const name = `${node.name} ${node.version}`;
    svg.append(drawn("text", { x: 4, y: y + 14 }, name.length > 28 ? `${name.slice(0, 27)}…` : name));
    for (const piece of pieces) {
      const bar = drawn("rect", { x: x(piece.start), width: Math.max(x(piece.start + piece.seconds) - x(piece.start), 1), y: y + 3, height: 14, fill: stroke, opacity: PHASE_OPACITY[piece.phase] || 0.5 });
      bar.append(drawn("title", {}, `${node.id} ${piece.phase}: ${duration(piece.seconds)}`));
      svg.append(bar);
    }
  });
  const note = all.length > kept.length ? element("p", {}, `The ${kept.length} longest of ${all.length}.`) : null;
  $("gantt").replaceChildren(svg, ...(note ? [note] : []));
}

function total(pieces) {
  return pieces.reduce((sum, piece) => sum + piece.seconds, 0);
}

// An attempt that follows another begins before the journal has the end of that.
const OVERLAP = 0.05;

function load(phases) {
  const events = phases.filter((piece) => piece.seconds > OVERLAP)
    .flatMap((piece) => [[piece.start, 1], [piece.start + piece.seconds - OVERLAP, -1]]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const pieces = [];
  let count = 0;
  let most = 0;
  let since = 0;
  for (const [time, change] of events) {
    if (time > since + (count ? 1e-3 : 2 * OVERLAP)) {
      pieces.push([since, time, count]);
      since = time;
    }
    count += change;
    most = Math.max(most, count);
  }
  return { pieces, most: Math.max(most, 1) };
}

function showRuns() {
  if (!data.runs.length) {
    $("runs").replaceChildren(element("p", {}, "No run is on record."));
    return;
  }
  const runs = data.runs.slice(-40);
  const states = ORDER.filter((state) => runs.some((run) => run.counts[state]));
  const most = Math.max(...runs.map((run) => run.seconds), 0.001);
  const height = 120;
  const svg = drawn("svg", { width: 60 + runs.length * 22, height: height + 30, role: "img", "aria-label": "How long each run took; the table below says the same." });
  runs.forEach((run, i) => {
    const sum = Object.values(run.counts).reduce((a, b) => a + b, 0) || 1;
    const tall = Math.max((run.seconds / most) * height, 2);
    let y = height + 8;
    for (const state of states) {
      const part = (tall * (run.counts[state] || 0)) / sum;
      if (!part) continue;
      const [fill, stroke] = dark.matches ? data.looks[state].dark : data.looks[state].light;
      y -= part;
      svg.append(drawn("rect", { x: 50 + i * 22, y, width: 16, height: part, fill, stroke }));
    }
  });
  svg.append(drawn("text", { class: "soft", x: 2, y: 18 }, duration(most)), drawn("text", { class: "soft", x: 2, y: height + 10 }, "0"));
  const table = element("table", {},
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "Begun"), element("th", { scope: "col", class: "number" }, "Took"), ...states.map((state) => element("th", { scope: "col", class: "number" }, data.looks[state].says)))),
    element("tbody", {}, ...[...runs].reverse().map((run) => element("tr", {}, element("td", {}, run.started.replace("T", " ").slice(0, 19)), element("td", { class: "number" }, duration(run.seconds)), ...states.map((state) => element("td", { class: "number" }, String(run.counts[state] || "")))))));
  $("runs").replaceChildren(svg, table);
}

// --- put together ------------------------------------------------------------------------------

function showAll() {
  showCounts();
  showTable();
  showTimeline();
  showRuns();
  if (chosen.open !== null) fillDetail(chosen.open);
  graph.fresh();
}

$("facts").textContent = data.facts;
$("notes").replaceChildren(...data.notes.map((note) => element("li", {}, note)));
$("written").textContent = data.events ? "and following the run" : `on ${data.written.replace("T", " ").slice(0, 16)} UTC`;
$("legend").textContent = "Solid: needs to run. Dashed: needs to build. Thick: the longest chain.";
$("only-ports").checked = data.scene === "ports";
$("only-ports").disabled = Object.keys(data.scenes).length < 2;
$("only-ports").addEventListener("change", (event) => graph.use(event.target.checked ? "ports" : "all"));
$("zoom-in").addEventListener("click", () => graph.middle(1.3));
$("zoom-out").addEventListener("click", () => graph.middle(1 / 1.3));
$("fit").addEventListener("click", graph.fit);
$("search").addEventListener("input", (event) => {
  chosen.search = event.target.value;
  chosen.shown = PAGE;
  showTable();
});
$("more").addEventListener("click", () => {
  chosen.shown += PAGE;
  showTable();
});
$("close").addEventListener("click", closeDetail);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && chosen.open !== null) closeDetail();
});
addEventListener("hashchange", showDetail);
addEventListener("popstate", showDetail);
dark.addEventListener("change", showAll);
showHeads();
graph.use(data.scene);
showAll();
showDetail();

// --- a page that is served follows the run -----------------------------------------------------

function follow() {
  const source = new EventSource(data.events);
  source.addEventListener("state", (event) => {
    const news = JSON.parse(event.data);
    for (const [index, node] of news.nodes) data.nodes[index] = complete(node);
    if (news.began !== data.began) timeline.clear();
    data.began = news.began;
    addPieces(news.pieces);
    if (news.runs) data.runs = news.runs;
    findBlocked();
    showAll();
  });
  // Another plan: everything is different.
  source.addEventListener("plan", () => location.reload());
  source.addEventListener("open", () => { $("offline").hidden = true; });
  source.addEventListener("error", () => { $("offline").hidden = false; });
  // What is under way takes longer and longer.
  setInterval(() => {
    if (!document.hidden && data.nodes.some((node) => node.since)) showAll();
  }, 1000);
}

if (data.events) follow();
