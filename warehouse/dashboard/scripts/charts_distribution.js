// charts_distribution: how the values of a measure's items are spread: percentiles, the bounds of a picture, and what it says beside it.

const MIN_VALUES = { p50: 1, p75: 4, p90: 10 }; // as in warehouse/sql/numbers.sql, a p90 of fewer values says nothing
const decades = (from, to, steps) => Array.from({ length: to - from }, (_, index) => steps.map((step) => step * 10 ** (from + index))).flat();
const LOG_TICKS = { // coarse, and finer where a chart would have fewer than three of these
  duration: [
    [1, 10, 100, SECOND, 10 * SECOND, MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY, 365 * DAY, 3_650 * DAY],
    [...decades(0, 3, [1, 2, 5]), ...[SECOND, MINUTE].flatMap((unit) => [1, 2, 5, 10, 20, 30].map((count) => count * unit)),
      ...[1, 2, 4, 8, 12].map((hours) => hours * HOUR), ...[1, 2, 4, 7, 14, 30, 90, 180, 365].map((days) => days * DAY)],
  ],
  count: [decades(-2, 9, [1]), decades(-2, 9, [1, 2, 5])],
};

const sortedValues = (items) => items.filter((item) => item.value !== null).map((item) => item.value).sort((first, second) => first - second);

// The percentiles of sorted values, interpolated linearly, each only with enough values.
function percentilesOf(sorted) {
  const enough = Object.entries(MIN_VALUES).filter(([, least]) => sorted.length >= least);
  return enough.map(([name]) => ({ name, value: d3.quantileSorted(sorted, Number(name.slice(1)) / 100) }));
}

// Items that count one each, such as deployments, have no spread.
const hasSpread = (measure) => ["median", "mean"].includes(measure.statistic);
const isYesOrNo = (measure, sorted) => measure.unit === "share" && sorted.every((value) => value === 0 || value === 1);

// The bounds beyond which values are drawn at the edge: three interquartile ranges from the quartiles, on a log scale of the logarithms.
function boundsOf(measure, sorted, isLog) {
  const scaled = isLog ? sorted.filter((value) => value > 0).map(Math.log10) : sorted;
  if (scaled.length < 5) return { low: -Infinity, high: Infinity };
  const [lower, upper] = [0.25, 0.75].map((share) => d3.quantileSorted(scaled, share));
  const reach = 3 * Math.max(upper - lower, isLog ? Math.log10(2) : Math.abs(upper) / 2);
  const back = (value) => (isLog ? 10 ** value : value);
  const low = shownBound(measure, back(lower - reach)); // a linear scale begins at zero or below: only negative values can be too low
  return { low: isLog ? low : Math.min(0, low), high: shownBound(measure, back(upper + reach)) };
}

const isAbove = (value, bounds) => value > bounds.high;
const isBelow = (value, bounds, isLog) => value < bounds.low && (!isLog || value > 0);

// The bound as it is written, so that the sentence with it is true.
function shownBound(measure, bound) {
  const [size] = axisUnit(measure, Math.abs(bound));
  return bound ? Number((bound / size).toPrecision(2)) * size : 0;
}

// Returns a figure with a picture, a switch of its scale and what the picture does not show; null where items have no spread.
// omitted: how many items of the number are not in this page; number: the number of exactly these and the omitted items, if there is one.
function createDistribution(measure, items, { width = 640, height = 240, period = null, omitted = 0, number = null } = {}) {
  const sorted = sortedValues(items);
  if (!hasSpread(measure) || !sorted.length) return null;
  const figure = createElement("figure", { class: "distribution" });
  const canLog = ["duration", "count"].includes(measure.unit) && sorted.some((value) => value > 0);
  const lines = omitted ? wholeLines(measure, number) : isYesOrNo(measure, sorted) ? [] : percentilesOf(sorted);
  const render = (isLog) => {
    const bounds = boundsOf(measure, sorted, isLog);
    const toggle = createElement("button", { type: "button", class: "link", onclick: () => { render(!isLog); figure.querySelector("button").focus(); } },
      isLog ? "Linear scale" : "Logarithmic scale", createElement("span", { class: "visually-hidden" }, `: ${measure.title}`));
    const notes = notesOf(measure, items, { bounds, isLog, omitted, lines });
    figure.replaceChildren(createScatter(measure, items, { width, height, period, isLog, bounds, lines, label: labelOf(measure, sorted, lines, omitted) }),
      createElement("figcaption", null, createElement("ul", { class: "notes" }, notes.map((note) => createElement("li", null, note))), canLog ? toggle : ""));
  };
  render(canLog);
  return figure;
}

// What is drawn of a list of items: how they are spread, and how their groups compare. As for createDistribution, the number is given
// only if the items are all that it counts, but for the omitted ones: not if a filter took some out.
function createItemCharts(measure, items, { period, omitted, number }) {
  const width = Math.max(240, Math.min(1_080, innerWidth - 64));
  return [createDistribution(measure, items, { width, period, omitted, number }), createGroups(measure, items, { omitted })].filter(Boolean);
}

// Where items are left out, only the number itself knows the percentiles.
function wholeLines(measure, number) {
  if (!number || measure.statistic !== "median") return [];
  return [["p50", number.value], ["p75", number.p75], ["p90", number.p90]].filter(([, value]) => value != null).map(([name, value]) => ({ name, value }));
}

function labelOf(measure, sorted, lines, omitted) {
  const texts = lines.map(({ name, value }) => `${name} ${axisText(measure, value)}`);
  const list = omitted ? "" : " The list has every one.";
  return `${measure.title}: ${format.pluralize(sorted.length, "item")} with a value by time${texts.length ? `; ${texts.join(", ")}` : ""}.${list}`;
}

// What the picture does not show, or not where it is.
function notesOf(measure, items, { bounds, isLog, omitted, lines }) {
  const count = (matches) => items.filter(matches).length, isKnown = (item) => item.value !== null;
  const [unknown, zeros, negatives] = [count((item) => !isKnown(item)), count((item) => item.value === 0), count((item) => isKnown(item) && item.value < 0)];
  const [above, below] = [isAbove, isBelow].map((isBeyond) => count((item) => isKnown(item) && isBeyond(item.value, bounds, isLog)));
  const drawn = (number, what) => (number ? `${withSeparators(number)} ${what}` : "");
  const are = (number) => (number === 1 ? "is" : "are");
  return [
    lines.length ? `Lines: ${lines.map(({ name, value }) => `${name} ${axisText(measure, value)}`).join(", ")}${omitted ? ", of all items" : ""}.` : "",
    drawn(count((item) => isKnown(item) && item.isInferred), "inferred, drawn hollow."),
    drawn(unknown, `unknown, not drawn.`),
    drawn(count((item) => isKnown(item) && item.at === null), "without a time, not drawn."),
    isLog ? drawn(zeros, `${are(zeros)} zero, drawn in a row of their own: a logarithmic scale has no zero.`) : "",
    drawn(negatives, `${are(negatives)} below zero${isLog ? ", drawn in the lowest row" : ""}.`),
    drawn(above, `above ${axisText(measure, bounds.high)}, drawn at the upper edge.`),
    drawn(below, `below ${axisText(measure, bounds.low)}, drawn at the lower edge.`),
    omitted ? `${withSeparators(omitted)} older, not on this page${lines.length ? "" : "; no percentile is computed without them"}.` : "",
  ].filter(Boolean);
}
