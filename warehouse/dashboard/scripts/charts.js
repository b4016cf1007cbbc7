// charts: the history of a measure as SVG, with a text alternative; the table beside it has every value.
// The current period is hollow and dashed; a period with an unknown value interrupts the line and has a question mark.

const PERCENTILES = ["p75", "p90", "p95"];
const HEADROOM = 3; // percentiles and targets above this many times the highest value are named, and not drawn

const NAME_WIDTH = 40; // of "p90" and the space beside it
const shortMonthOfYear = new Intl.DateTimeFormat(undefined, { month: "short", year: "numeric", timeZone: "UTC" });
const shortMonth = new Intl.DateTimeFormat(undefined, { month: "short", timeZone: "UTC" });

function pointsOf(measure, view) {
  return visiblePeriods(view).map((period) => {
    const number = numberOf(measure, view, period);
    return { period, ...number, at: (period.startsAt + period.endsAt) / 2 };
  });
}

// The targets and notes of services.toml that concern a chart: of the service, or of all; its own target goes first.
function markingsOf(measure, view) {
  const targets = (data.targets ?? []).filter(([service, name]) => name === measure.name && (service === view.service || !service));
  const own = targets.filter(([service]) => service === view.service);
  return {
    targets: (own.length ? own : targets).map(([, , value, text]) => ({ value, text })),
    annotations: (data.annotations ?? []).filter(([service]) => service === view.service || !service).map(([, at, text]) => ({ at, text })),
  };
}

// targets: [{ value, text }], the text as services.toml has it; annotations: [{ at, text }].
function createChart(measure, points, { width, height, axes, targets = [], annotations = [] }) {
  const highest = Math.max(0, ...points.map((point) => point.value ?? 0));
  const lines = axes ? percentileLines(points) : [];
  const levels = [...lines.map((line) => line.highest), ...targets.map((target) => target.value)];
  const limit = highest ? highest * HEADROOM : Infinity;
  const unit = axisUnit(measure, highest || Math.max(0, ...targets.map((target) => target.value)));
  const top = Math.max(highest, ...levels.filter((level) => level <= limit)) || unit[0];
  const times = [points[0].period.startsAt, points.at(-1).period.endsAt];
  const margins = axes ? { left: 46, right: lines.length || targets.length ? 38 : 10, bottom: 24 } : { left: 4, right: 10, bottom: 6 };
  const frame = createFrame({ width, height, ...margins }, times, [0, top * 1.08]);
  const notes = annotations.filter(({ at }) => at >= times[0] && at < times[1]);
  const picture = createPicture({ width, height }, textAlternative(measure, points, { lines, targets, notes }),
    axes ? axisParts(frame, measure, top, unit, points) : [],
    notes.map((note) => annotationPart(frame, note)),
    seriesParts(frame, points),
    lines.filter((line) => line.highest <= top).map((line) => percentilePart(frame, line)),
    targets.filter((target) => target.value <= top).map((target) => targetPart(frame, target)),
    axes ? [...endNames(frame, lines, targets, top), ...hiddenLevels(frame, measure, lines, targets, top)] : []);
  return addTip(picture, frame, points.map((point) => ({ x: frame.x(point.at), y: frame.y(point.value ?? 0), text: () => tipText(measure, point) })), { onlyX: true });
}

function percentileLines(points) {
  return PERCENTILES.map((name) => {
    const drawn = points.filter((point) => point[name] != null && point.period.isComplete);
    return { name, points: points.filter((point) => point.period.isComplete), highest: Math.max(0, ...drawn.map((point) => point[name])), isKnown: drawn.length > 0 };
  }).filter((line) => line.isKnown);
}

function axisParts(frame, measure, top, [size, unit], points) {
  const isWord = unit.startsWith("a "), label = (value) => axisText(measure, value, [size, isWord ? "" : unit]);
  const ticks = d3.ticks(0, top / size, top / size >= 3 || measure.unit === "share" ? 3 : 2)
    .map((tick) => ({ y: frame.y(tick * size), label: label(tick * size) }));
  return [
    gridLines(frame, ticks),
    timeLabels(frame, ticksOf(points, frame.right - frame.left).map(({ at, label }) => ({ x: frame.x(at), label }))),
    isWord ? createSvg("text", { x: frame.left + 4, y: frame.top - 4 }, unit) : "",
  ].flat(2);
}

// The newest period, and as many before it as fit without overlapping labels.
function ticksOf(points, width) {
  const { kind } = points[0].period, isLong = kind === "quarter" || (kind === "month" && points.length > 13); // 14 months have two of one name
  const step = Math.ceil(points.length / Math.max(1, Math.min(6, Math.floor(width / (isLong ? 64 : 48)))));
  const month = isLong ? shortMonthOfYear : shortMonth;
  const label = (period) =>
    ({ week: () => format.day.format(period.firstDay), month: () => month.format(period.firstDay), quarter: () => format.period(period) })[period.kind]();
  return points.filter((_, index) => (points.length - 1 - index) % step === 0).map(({ at, period }) => ({ at, label: label(period) }));
}

function seriesParts(frame, points) {
  const complete = points.filter((point) => point.period.isComplete);
  const current = points.filter((point) => !point.period.isComplete);
  const isKnown = (point) => point.value !== null, x = (point) => frame.x(point.at), y = (point) => frame.y(point.value);
  const line = d3.line().defined(isKnown).x(x).y(y).digits(1);
  const dots = (points, attributes) => points.filter(isKnown).map((point) => createSvg("circle", { cx: x(point), cy: y(point), ...attributes }));
  return [
    createSvg("path", { class: "area", d: d3.area().defined(isKnown).x(x).y0(frame.bottom).y1(y).digits(1)(complete) }),
    createSvg("path", { class: "line current", d: line([...complete.slice(-1), ...current]) }),
    createSvg("path", { class: "line", d: line(complete) }),
    dots(complete, { r: complete.length > 14 ? 2 : 3, class: "dot" }),
    dots(current, { r: 3, class: "dot current" }),
    points.filter((point) => point.value === null && point.items)
      .map((point) => createSvg("text", { class: "unknown", x: x(point), y: frame.bottom - 4, "text-anchor": "middle" }, "?")),
    createSvg("path", { class: "baseline", d: `M${frame.left} ${frame.bottom}H${frame.right}` }),
  ].flat();
}

// Also a dot at each point: the line of a single one would not be seen.
function percentilePart(frame, { name, points }) {
  const isKnown = (point) => point[name] != null, x = (point) => frame.x(point.at), y = (point) => frame.y(point[name]);
  return createSvg("g", null, createSvg("path", { class: `line ${name}`, d: d3.line().defined(isKnown).x(x).y(y).digits(1)(points) }),
    createSvg("path", { class: "points", d: points.filter(isKnown).map((point) => `M${x(point)} ${y(point)}h0`).join("") }));
}

function targetPart(frame, { value, text }) {
  return createSvg("path", { class: "target", d: `M${frame.left} ${frame.y(value)}H${frame.right}` }, createSvg("title", null, `target ${text}`));
}

function annotationPart(frame, { at, text }) {
  const x = frame.x(at);
  return createSvg("g", { class: "annotation" }, createSvg("title", null, text),
    createSvg("path", { d: `M${x} ${frame.top}V${frame.bottom}` }), createSvg("path", { class: "flag", d: `M${x - 4} ${frame.top - 7}h8l-4 7z` }));
}

// A line that ends well before the chart has its name there, the others have theirs in the margin.
function endNames(frame, lines, targets, top) {
  const drawn = lines.filter((line) => line.highest <= top).map(({ name, points }) => {
    const end = points.findLast((point) => point[name] != null), x = frame.x(end.at);
    return { name, x: frame.right - x > NAME_WIDTH ? x : undefined, y: frame.y(end[name]) };
  });
  return endLabels(frame, [...drawn,
    ...targets.filter((target) => target.value <= top).map((target) => ({ name: "target", className: "target-name", y: frame.y(target.value) }))]);
}

// A level above the chart is named at its top: were it drawn, the values would lie flat on the ground.
function hiddenLevels(frame, measure, lines, targets, top) {
  const names = [
    ...lines.filter((line) => line.highest > top).map((line) => `${line.name} up to ${axisText(measure, line.highest)}`),
    ...targets.filter((target) => target.value > top).map((target) => `target ${target.text}`),
  ];
  return names.length ? [createSvg("text", { x: frame.right, y: frame.top - 3, "text-anchor": "end" }, `↑ ${names.join(", ")}`)] : [];
}

function tipText(measure, point) {
  const percentiles = PERCENTILES.filter((name) => point[name] != null).map((name) => `${name} ${axisText(measure, point[name])}`);
  return [`${format.fullPeriod(point.period)}${soFar(point.period)}`, point.text, percentiles.join(", "), point.coverage].filter(Boolean).join("\n");
}

function textAlternative(measure, points, { lines, targets, notes }) {
  const complete = points.filter((point) => point.period.isComplete);
  const known = complete.filter((point) => point.value !== null);
  if (!known.length) return `${measure.title}: nothing is known of any period shown.`;
  const sorted = [...known].sort((first, second) => first.value - second.value);
  const describe = (point) => `${point.text} in ${format.period(point.period)}`;
  const kind = complete[0].period.kind, unknown = complete.length - known.length;
  const others = [
    unknown ? `no value in ${format.pluralize(unknown, kind)}` : "",
    lines.length ? `with ${lines.map((line) => line.name).join(", ").replace(/, (p\d+)$/, " and $1")}` : "",
    ...targets.map(({ text }) => `target ${text}`),
    notes.length ? format.pluralize(notes.length, "note") : "",
  ].filter(Boolean);
  return [`${measure.title} by ${kind}: lowest ${describe(sorted[0])}, highest ${describe(sorted.at(-1))}, latest ${describe(known.at(-1))}`, ...others].join("; ") + ". The table has every value.";
}
