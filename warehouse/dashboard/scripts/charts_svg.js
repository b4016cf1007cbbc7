// charts_svg: what all charts share: SVG elements, scales, axes, and the box that describes the point nearest to the pointer.

const SVG = "http://www.w3.org/2000/svg"; // the name of a namespace: no request is made

function createSvg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes ?? {})) if (value != null) element.setAttribute(name, value);
  element.append(...children.flat().filter((child) => child != null && child !== ""));
  return element;
}

const pixels = (number) => Math.round(number * 10) / 10;
const linearScale = ([low, high], [start, end]) => (value) => pixels(start + ((value - low) / (high - low || 1)) * (end - start));

// The unit in which an axis counts: its size and its name.
function axisUnit(measure, highest) {
  if (measure.unit === "share") return [0.01, "%"];
  if (measure.unit === "per_day") return SPANS.map(([days, span]) => [1 / days, span]).find(([size]) => highest >= size * 0.95) ?? [1 / 7, "a week"];
  if (measure.unit === "count") return [1, ""];
  return [[DAY, "d"], [HOUR, "h"], [MINUTE, "min"]].find(([size]) => highest >= 2 * size) ?? [SECOND, "s"];
}

// A value on a chart, with its unit and at most three digits: a chart cannot show more.
function axisText(measure, value, [size, unit] = axisUnit(measure, Math.abs(value))) {
  const number = withSeparators(Number((value / size).toPrecision(3)));
  return unit ? `${number} ${unit}` : number;
}

// The area between the margins; `x` takes a time, `y` a value.
function createFrame({ width, height, left, right, top = 12, bottom }, times, values) {
  return {
    width, height, left, top, right: width - right, bottom: height - bottom,
    x: linearScale(times, [left, width - right]), y: linearScale(values, [height - bottom, top]),
  };
}

function gridLines(frame, ticks) {
  return ticks.map(({ y, label }) => [
    createSvg("path", { class: "grid", d: `M${frame.left} ${y}H${frame.right}` }),
    createSvg("text", { x: frame.left - 6, y, dy: ".32em", "text-anchor": "end" }, label),
  ]);
}

function timeLabels(frame, ticks) {
  return ticks.map(({ x, label }) => createSvg("text", { x, y: frame.bottom + 16, "text-anchor": "middle" }, label));
}

// Names at the right ends of lines, moved apart where they would cover each other; `lines` have a name and a y, and an x if they end
// before the frame does.
function endLabels(frame, lines) {
  let free = Infinity;
  return [...lines].sort((first, second) => second.y - first.y).map(({ x, y, name, className }) => {
    free = Math.min(y, free - 11);
    return createSvg("text", { class: className, x: (x ?? frame.right) + 4, y: free, dy: ".32em" }, name);
  });
}

// Show the text of the nearest point while the pointer is over the chart, or of the point that the arrow keys select while the chart
// has the focus. Points have an x, a y and a function `text`.
function addTip(svg, frame, points, { onlyX = false } = {}) {
  const tip = createSvg("g", { class: "tip", "aria-hidden": "true" });
  svg.append(tip);
  const hide = () => tip.replaceChildren();
  svg.addEventListener("pointerleave", hide);
  const show = (event) => {
    const box = svg.getBoundingClientRect(), zoom = frame.width / box.width;
    const [x, y] = [(event.clientX - box.left) * zoom, (event.clientY - box.top) * zoom];
    const distance = (point) => (onlyX ? Math.abs(point.x - x) : Math.hypot(point.x - x, point.y - y));
    let nearest = null;
    for (const point of points) if (!nearest || distance(point) < distance(nearest)) nearest = point;
    if (!nearest || (!onlyX && distance(nearest) > 24)) hide();
    else drawTip(tip, frame, nearest);
  };
  svg.addEventListener("pointermove", show);
  svg.addEventListener("pointerdown", show); // a finger does not move before it touches
  return addKeys(svg, points, (point) => drawTip(tip, frame, point), hide);
}

// The arrow keys move from point to point, from the left to the right; Home and End select the first and the last one.
function addKeys(svg, points, show, hide) {
  if (!points.length) return svg;
  const last = points.length - 1;
  let order = null, place = points.length;
  svg.setAttribute("tabindex", "0");
  svg.setAttribute("aria-description", "The arrow keys move from point to point.");
  svg.addEventListener("keydown", (event) => {
    const next = { ArrowLeft: place - 1, ArrowRight: place + 1, Home: 0, End: last }[event.key];
    if (next === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    place = Math.max(0, Math.min(last, next));
    order ??= [...points].sort((first, second) => first.x - second.x || first.y - second.y);
    show(order[place]);
    svg.dispatchEvent(new CustomEvent("described", { bubbles: true, detail: order[place].text() }));
  });
  svg.addEventListener("blur", hide);
  return svg;
}

function drawTip(tip, frame, point) {
  const lines = point.text().split("\n").map((line, index) => createSvg("tspan", { x: 8, y: 16 + 15 * index }, line));
  const text = createSvg("text", null, lines), group = createSvg("g", null, text);
  tip.replaceChildren(createSvg("circle", { class: "mark", cx: point.x, cy: point.y, r: 4.5 }), group);
  const width = text.getBBox().width + 16, height = 15 * lines.length + 10;
  group.prepend(createSvg("rect", { width, height, rx: 4 }));
  const left = point.x + 10 + width > frame.width ? Math.max(0, point.x - 10 - width) : point.x + 10;
  group.setAttribute("transform", `translate(${pixels(left)} ${pixels(Math.max(0, point.y - height - 8))})`);
}

function createPicture({ width, height }, label, ...parts) {
  return createSvg("svg", { class: "plot", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label }, ...parts);
}
