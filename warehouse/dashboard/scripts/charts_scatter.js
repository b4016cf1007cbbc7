// charts_scatter: the picture of a distribution: each item a dot at its time and value, and a line for each percentile.

const YES_OR_NO = 110; // height of a picture with two rows
const ROW = 16; // height of the rows for zero and for values below zero, which a log scale cannot place
const DOT = 2.5;

function createScatter(measure, items, { width, height, period, isLog, bounds, lines, label }) {
  const drawn = items.filter((item) => item.value !== null && item.at !== null);
  const inside = sortedValues(drawn).filter((value) => (isLog ? value > 0 : true) && value >= bounds.low && value <= bounds.high);
  const rows = isLog ? [["0", (value) => value === 0], ["< 0", (value) => value < 0]].filter(([, fits]) => drawn.some((item) => fits(item.value))) : [];
  const yesOrNo = isYesOrNo(measure, sortedValues(drawn));
  if (yesOrNo) height = YES_OR_NO;
  const frame = createFrame({ width, height, left: 56, right: lines.length ? 38 : 12, top: 16, bottom: 24 + ROW * rows.length }, timesOf(drawn, period), [0, 1]);
  const scale = yesOrNo ? linearScale([-0.5, 1.5], [frame.bottom, frame.top]) : valueScale(frame, inside, isLog);
  const rowOf = (value) => rows.findIndex(([, fits]) => fits(value));
  const y = (value) => {
    if (rowOf(value) >= 0) return frame.bottom + ROW * (rowOf(value) + 0.75);
    return isAbove(value, bounds) ? frame.top - 6 : isBelow(value, bounds, isLog) ? frame.bottom - 2 : scale(value);
  };
  const ticks = yesOrNo ? [{ y: scale(0), label: "no" }, { y: scale(1), label: "yes" }]
    : valueTicks(measure, inside, isLog).map(({ value, label }) => ({ y: scale(value), label }));
  const points = drawn.map((item) => ({ x: frame.x(item.at), y: y(item.value), item, text: () => itemText(item) }));
  const isOutside = ({ item }) => isAbove(item.value, bounds) || isBelow(item.value, bounds, isLog);
  const levels = lines.map(({ name, value }) => ({ name, y: y(value) }));
  const picture = createPicture({ width, height }, label,
    gridLines(frame, [...ticks, ...rows.map(([name], index) => ({ y: frame.bottom + ROW * (index + 0.75), label: name }))]).flat(),
    timeLabels({ ...frame, bottom: height - 24 }, timeTicks(frame, drawn, period)),
    createSvg("path", { class: "dots", d: points.filter((point) => !isOutside(point) && !point.item.isInferred).map(({ x, y }) => `M${x} ${y}h0`).join("") }),
    createSvg("path", { class: "dots inferred", d: points.filter((point) => !isOutside(point) && point.item.isInferred).map(circle).join("") }),
    createSvg("path", { class: "dots edge", d: points.filter(isOutside).map(({ x, y, item }) => triangle(x, y, isAbove(item.value, bounds))).join("") }),
    levels.map(({ name, y }) => createSvg("path", { class: `line ${name}`, d: `M${frame.left} ${y}H${frame.right}` })),
    endLabels(frame, levels));
  return addTip(picture, frame, points);
}

const circle = ({ x, y }) => `M${x - DOT} ${y}a${DOT} ${DOT} 0 1 0 ${2 * DOT} 0a${DOT} ${DOT} 0 1 0 ${-2 * DOT} 0z`;
const triangle = (x, y, isUp) => `M${x - 3.5} ${isUp ? y + 3 : y - 3}h7l-3.5 ${isUp ? -6 : 6}z`;
const itemText = (item) => [item.item.length > 48 ? `${item.item.slice(0, 47)}…` : item.item, item.text, format.timestamp(item.at)].join("\n");

// Of the period, or else from the first to the last item.
function timesOf(items, period) {
  if (period) return [period.startsAt, period.endsAt];
  const times = items.map((item) => item.at), first = times.reduce((least, at) => Math.min(least, at), Infinity);
  const last = times.reduce((most, at) => Math.max(most, at), -Infinity);
  return first < last ? [first, last] : [first - DAY, first + DAY];
}

function timeTicks(frame, items, period) {
  const [start, end] = timesOf(items, period), count = Math.max(2, Math.min(5, Math.floor((frame.right - frame.left) / 90)));
  const step = Math.max(DAY, (end - start) / count), ticks = [];
  const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: clockOf(data.time_zone)[1] });
  for (let at = start + step / 2; at < end && items.length; at += step) ticks.push({ x: frame.x(at), label: day.format(at) });
  return ticks;
}

// Percentiles outside of what is drawn lie at the edge.
function valueScale(frame, inside, isLog) {
  const of = isLog ? Math.log10 : (value) => value;
  if (!inside.length) return () => (frame.top + frame.bottom) / 2;
  let [low, high] = [isLog ? inside[0] : Math.min(0, inside[0]), inside.at(-1)].map(of);
  if (low === high) [low, high] = isLog ? [low - 0.5, high + 0.5] : [Math.min(0, low), Math.max(high, 1)];
  const room = (high - low) * 0.05, scale = linearScale([low - (isLog ? room : 0), high + room], [frame.bottom - (isLog ? 6 : 0), frame.top]);
  return (value) => Math.max(frame.top - 6, Math.min(frame.bottom, isLog && value <= 0 ? frame.bottom : scale(of(value))));
}

// On a log scale each tick has the unit that makes it one, as "1 h"; on a linear scale all have the same.
function valueTicks(measure, inside, isLog) {
  if (!inside.length) return [];
  const [low, high] = [inside[0], inside.at(-1)], [size, unit] = axisUnit(measure, high);
  if (!isLog) return d3.ticks(Math.min(0, low) / size, (high || 1) / size, 4).map((tick) => ({ value: tick * size, label: axisText(measure, tick * size, [size, unit]) }));
  const [coarse, fine] = LOG_TICKS[measure.unit].map((ticks) => ticks.filter((tick) => tick >= low && tick <= high));
  const ticks = coarse.length > 2 ? coarse : fine;
  return (ticks.length > 1 ? ticks : [...new Set([low, high])]).map((value) => ({ value, label: axisText(measure, value, largestUnit(measure, value)) }));
}

function largestUnit(measure, value) {
  return measure.unit === "duration" ? [[DAY, "d"], [HOUR, "h"], [MINUTE, "min"]].find(([size]) => value >= size) ?? [SECOND, "s"] : axisUnit(measure, value);
}
