// charts: the history of a measure, drawn by Observable Plot as SVG, with a text alternative and a table.
// The current period is hollow and dashed; a period with an unknown value interrupts the line and has a question mark.

function pointsOf(measure, view) {
  return shownPeriods(view).map((period) => {
    const number = numberOf(measure, view, period);
    return { period, ...number, at: new Date((period.startsAt + period.endsAt) / 2) };
  });
}

// The unit of the axis: its size and its name.
function scaleOf(measure, highest) {
  if (measure.unit === "share") return [0.01, "%"];
  if (measure.unit === "per_day") return SPANS.map(([days, span]) => [1 / days, span]).find(([one]) => highest >= one * 0.95) ?? [1 / 7, "a week"];
  if (measure.unit === "count") return [1, ""];
  return [[DAY, "d"], [HOUR, "h"], [MINUTE, "min"]].find(([one]) => highest >= 2 * one) ?? [SECOND, "s"];
}

function chart(measure, points, { width, height, axes }) {
  const known = points.filter((point) => point.value !== null);
  const [one, unit] = scaleOf(measure, Math.max(0, ...known.map((point) => point.value)));
  const highest = Math.max(0, ...known.map((point) => point.value / one)) || 1;
  const drawn = points.map((point) => ({ ...point, y: point.value === null ? NaN : point.value / one }));
  const plot = Plot.plot({
    width, height, className: "plot",
    marginLeft: axes ? 46 : 4, marginRight: 10, marginTop: 12, marginBottom: axes ? 24 : 6,
    x: { type: "utc", domain: [new Date(points[0].period.startsAt), new Date(points.at(-1).period.endsAt)], axis: null },
    y: { domain: [0, highest * 1.08], axis: null },
    marks: [...(axes ? frame(measure, unit, highest, points) : []), ...course(drawn), tip(measure, drawn)],
  });
  plot.querySelector("style")?.remove(); // the CSP allows only the page's style, which contains these rules
  for (const part of plot.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label"); // the chart has a single accessible name
  plot.setAttribute("role", "img");
  plot.setAttribute("aria-label", alternative(measure, points));
  return plot;
}

function frame(measure, unit, highest, points) {
  const ticks = highest >= 3 || measure.unit === "share" ? 3 : 2;
  const label = (value) => `${words.plain(value)}${unit === "%" ? " %" : unit.startsWith("a ") ? "" : ` ${unit}`}`;
  return [
    Plot.gridY({ ticks, className: "grid" }),
    Plot.axisY({ ticks, tickSize: 0, tickPadding: 6, label: null, tickFormat: label }),
    Plot.axisX(ticksOf(points), { x: "at", text: "label", tickSize: 0, tickPadding: 8, label: null }),
    ...(unit.startsWith("a ") ? [Plot.text([unit], { frameAnchor: "top-left", dx: 4, dy: -9, text: (told) => told })] : []),
  ];
}

// The newest period, and as many before it as fit without overlapping labels.
function ticksOf(points) {
  const step = Math.ceil(points.length / 6);
  const label = ({ kind, name, startsAt }) =>
    ({ week: () => words.day.format(startsAt), month: () => words.month.format(startsAt).slice(0, 3), quarter: () => name.split("-")[1] })[kind]();
  return points.filter((_, place) => (points.length - 1 - place) % step === 0).map(({ at, period }) => ({ at, label: label(period) }));
}

function course(points) {
  const over = points.filter((point) => point.period.over);
  const open = points.filter((point) => !point.period.over);
  const unknown = points.filter((point) => point.value === null && point.items);
  const at = { x: "at", y: "y" };
  return [
    Plot.areaY(over, { x: "at", y1: 0, y2: "y", className: "area" }),
    Plot.lineY([...over.slice(-1), ...open], { ...at, className: "line open" }),
    Plot.lineY(over, { ...at, className: "line" }),
    Plot.dot(over, { ...at, r: over.length > 14 ? 2 : 3, className: "dot" }),
    Plot.dot(open, { ...at, r: 3, className: "dot open" }),
    Plot.text(unknown, { x: "at", frameAnchor: "bottom", dy: -4, text: () => "?", className: "mark" }),
    Plot.ruleY([0], { className: "floor" }),
  ];
}

function tip(measure, points) {
  const title = (point) =>
    `${words.periodInFull(point.period)}${point.period.over ? "" : " (so far)"}\n${words.told(measure, point)}\n${words.coverage(point)}`;
  return Plot.tip(points, Plot.pointerX({ x: "at", y: (point) => (Number.isNaN(point.y) ? 0 : point.y), title, className: "tip" }));
}

// The text alternative of the chart.
function alternative(measure, points) {
  const over = points.filter((point) => point.period.over);
  const known = over.filter((point) => point.value !== null);
  if (!known.length) return `${measure.title}: nothing is known of any period shown.`;
  const sorted = [...known].sort((one, other) => one.value - other.value);
  const tell = (point) => `${words.value(measure, point.value)} in ${words.period(point.period)}`;
  const unknown = over.filter((point) => point.value === null).length;
  return `${measure.title} by ${over[0].period.kind}: lowest ${tell(sorted[0])}, highest ${tell(sorted.at(-1))}, latest ${tell(known.at(-1))}`
    + `${unknown ? `; no value in ${words.counted(unknown, over[0].period.kind)}` : ""}. The table has every value.`;
}
