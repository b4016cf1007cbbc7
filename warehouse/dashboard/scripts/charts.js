// charts: the history of a measure, drawn by Observable Plot as SVG, with a text alternative and a table.
// The current period is hollow and dashed; a period with an unknown value interrupts the line and has a question mark.

function pointsOf(measure, view) {
  return visiblePeriods(view).map((period) => {
    const number = numberOf(measure, view, period);
    return { period, ...number, at: new Date((period.startsAt + period.endsAt) / 2) };
  });
}

// The unit of the axis: its size and its name.
function axisUnit(measure, highest) {
  if (measure.unit === "share") return [0.01, "%"];
  if (measure.unit === "per_day") return SPANS.map(([days, span]) => [1 / days, span]).find(([size]) => highest >= size * 0.95) ?? [1 / 7, "a week"];
  if (measure.unit === "count") return [1, ""];
  return [[DAY, "d"], [HOUR, "h"], [MINUTE, "min"]].find(([size]) => highest >= 2 * size) ?? [SECOND, "s"];
}

function createChart(measure, points, { width, height, axes }) {
  const known = points.filter((point) => point.value !== null);
  const [size, unit] = axisUnit(measure, Math.max(0, ...known.map((point) => point.value)));
  const highest = Math.max(0, ...known.map((point) => point.value / size)) || 1;
  const scaled = points.map((point) => ({ ...point, y: point.value === null ? NaN : point.value / size }));
  const plot = Plot.plot({
    width, height, className: "plot",
    marginLeft: axes ? 46 : 4, marginRight: 10, marginTop: 12, marginBottom: axes ? 24 : 6,
    x: { type: "utc", domain: [new Date(points[0].period.startsAt), new Date(points.at(-1).period.endsAt)], axis: null },
    y: { domain: [0, highest * 1.08], axis: null },
    marks: [...(axes ? axisMarks(measure, unit, highest, points) : []), ...seriesMarks(scaled), tooltip(measure, scaled)],
  });
  plot.querySelector("style")?.remove(); // the CSP allows only the page's style, which contains these rules
  for (const part of plot.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label"); // the chart has a single accessible name
  plot.setAttribute("role", "img");
  plot.setAttribute("aria-label", textAlternative(measure, points));
  return plot;
}

function axisMarks(measure, unit, highest, points) {
  const ticks = highest >= 3 || measure.unit === "share" ? 3 : 2;
  const label = (value) => `${format.decimal(value)}${unit === "%" ? " %" : unit.startsWith("a ") ? "" : ` ${unit}`}`;
  return [
    Plot.gridY({ ticks, className: "grid" }),
    Plot.axisY({ ticks, tickSize: 0, tickPadding: 6, label: null, tickFormat: label }),
    Plot.axisX(ticksOf(points), { x: "at", text: "label", tickSize: 0, tickPadding: 8, label: null }),
    ...(unit.startsWith("a ") ? [Plot.text([unit], { frameAnchor: "top-left", dx: 4, dy: -9, text: (label) => label })] : []),
  ];
}

// The newest period, and as many before it as fit without overlapping labels.
function ticksOf(points) {
  const step = Math.ceil(points.length / 6);
  const label = ({ kind, name, firstDay }) =>
    ({ week: () => format.day.format(firstDay), month: () => format.month.format(firstDay).slice(0, 3), quarter: () => name.split("-")[1] })[kind]();
  return points.filter((_, index) => (points.length - 1 - index) % step === 0).map(({ at, period }) => ({ at, label: label(period) }));
}

function seriesMarks(points) {
  const complete = points.filter((point) => point.period.isComplete);
  const current = points.filter((point) => !point.period.isComplete);
  const unknown = points.filter((point) => point.value === null && point.items);
  const position = { x: "at", y: "y" };
  return [
    Plot.areaY(complete, { x: "at", y1: 0, y2: "y", className: "area" }),
    Plot.lineY([...complete.slice(-1), ...current], { ...position, className: "line current" }),
    Plot.lineY(complete, { ...position, className: "line" }),
    Plot.dot(complete, { ...position, r: complete.length > 14 ? 2 : 3, className: "dot" }),
    Plot.dot(current, { ...position, r: 3, className: "dot current" }),
    Plot.text(unknown, { x: "at", frameAnchor: "bottom", dy: -4, text: () => "?", className: "unknown" }),
    Plot.ruleY([0], { className: "baseline" }),
  ];
}

function tooltip(measure, points) {
  const title = (point) =>
    `${format.fullPeriod(point.period)}${soFar(point.period)}\n${format.number(measure, point)}\n${format.coverage(point)}`;
  return Plot.tip(points, Plot.pointerX({ x: "at", y: (point) => (Number.isNaN(point.y) ? 0 : point.y), title, className: "tip" }));
}

function textAlternative(measure, points) {
  const complete = points.filter((point) => point.period.isComplete);
  const known = complete.filter((point) => point.value !== null);
  if (!known.length) return `${measure.title}: nothing is known of any period shown.`;
  const sorted = [...known].sort((first, second) => first.value - second.value);
  const describe = (point) => `${format.value(measure, point.value)} in ${format.period(point.period)}`;
  const kind = complete[0].period.kind, unknown = complete.length - known.length;
  return `${measure.title} by ${kind}: lowest ${describe(sorted[0])}, highest ${describe(sorted.at(-1))}, latest ${describe(known.at(-1))}`
    + `${unknown ? `; no value in ${format.pluralize(unknown, kind)}` : ""}. The table has every value.`;
}
