// charts_groups: tables that compare the parts of a measure: its items by group, such as the labels of runners, and lead time by stage.
// Each cell has its number as text; the pictures beside them are hidden from screen readers.

const STAGES = ["coding", "waiting_for_review", "in_review", "waiting_for_merge", "waiting_for_deployment"];
const STRIP = { width: 200, height: 14 };
const createStripSvg = () => createSvg("svg", { class: "strip", ...STRIP, viewBox: `0 0 ${STRIP.width} ${STRIP.height}`, "aria-hidden": "true" });
const MAX_GROUPS = 40;

const groupNames = new Map(); // by the group of an item: thousands of items have few groups

// The same labels in another order are the same group.
function groupName(group) {
  if (group === null) return "not known";
  if (!groupNames.has(group)) groupNames.set(group, group.split(", ").sort(byName).join(", ") || "none");
  return groupNames.get(group);
}

// Items by their group, most items first; null where no item has one. Percentiles only of all items of the number.
function createGroups(measure, items, { omitted = 0 } = {}) {
  if (!items.some((item) => item.group != null)) return null;
  const groups = new Map();
  for (const item of items) {
    const name = groupName(item.group ?? null);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(item);
  }
  const sorted = [...groups].sort((first, second) => second[1].length - first[1].length || byName(first[0], second[0]));
  const shown = sorted.slice(0, MAX_GROUPS).map(([name, members]) => {
    const values = sortedValues(members);
    return { name, members, values, percentiles: omitted ? [] : percentilesOf(values) };
  });
  const highest = Math.max(0, ...shown.flatMap(({ percentiles }) => percentiles.map(({ value }) => value)));
  const rows = shown.map(({ name, members, values, percentiles }) => ({ cells: [
    createElement("bdi", null, name), withSeparators(members.length), `${withSeparators(values.length)} of ${withSeparators(members.length)}`,
    ...Object.keys(MIN_VALUES).map((wanted) => {
      const found = percentiles.find(({ name }) => name === wanted);
      return found ? axisText(measure, found.value) : "–";
    }),
    createStrip(percentiles, highest),
  ] }));
  const rest = sorted.slice(MAX_GROUPS), left = rest.reduce((sum, [, members]) => sum + members.length, 0);
  const notes = [
    omitted ? `${withSeparators(omitted)} older items are not on this page; no percentile is computed without them.` : "",
    !omitted && shown.some(({ percentiles }) => percentiles.length < Object.keys(MIN_VALUES).length) ? "A dash: too few values." : "",
    rest.length ? `${withSeparators(rest.length)} more with ${format.pluralize(left, "item")}.` : "",
  ].filter(Boolean).join(" ");
  const header = [measure.group, "items", "with a value", ...Object.keys(MIN_VALUES), "p50 to p90"];
  return createElement("div", { class: "groups" },
    createTable(`${measure.title} by ${measure.group}`, header, rows, { numeric: [1, 2, 3, 4, 5] }), createElement("p", { class: "muted" }, notes),
    groupsCsvButton(measure, shown));
}

function groupsCsvButton(measure, groups) {
  const unit = BASE_UNITS[measure.unit], names = Object.keys(MIN_VALUES);
  const rows = () => groups.map(({ name, members, values, percentiles }) =>
    [name, members.length, values.length, ...names.map((wanted) => percentiles.find(({ name }) => name === wanted)?.value ?? null)]);
  const header = [measure.group.replaceAll(" ", "_"), "items", "with_value", ...names.map((name) => `${name}_${unit}`)];
  return createCsvButton(`${measure.title} by ${measure.group}`, fileName([view.service, measure.name, measure.group], "csv"), () => [header, rows()]);
}

// A bar from p50 to p90 with a mark at p75, from zero to the highest of all.
function createStrip(percentiles, highest) {
  const x = linearScale([0, highest || 1], [2, STRIP.width - 2]), y = STRIP.height / 2;
  const at = (wanted) => percentiles.find(({ name }) => name === wanted)?.value;
  const svg = createStripSvg();
  svg.append(createSvg("path", { class: "ground", d: `M0 ${y}H${STRIP.width}` }));
  if (at("p90") !== undefined) svg.append(createSvg("path", { class: "bar", d: `M${x(at("p50"))} ${y}H${x(at("p90"))}` }));
  if (at("p75") !== undefined) svg.append(createSvg("path", { class: "tick", d: `M${x(at("p75"))} ${y - 5}v10` }));
  if (at("p50") !== undefined) svg.append(createSvg("path", { class: "end", d: `M${x(at("p50"))} ${y}h0` }));
  return svg;
}

// The mean time of each stage of pull requests. Bars follow each other only if the means are of the same pull requests, as only
// then they add up to the lead time; else each begins at zero. Null where nothing is known.
function createStages(view, period) {
  const measureOf = (name) => measures.find((measure) => measure.name === name);
  const whole = measureOf("pull_request_lead_time"), stages = STAGES.map((stage) => measureOf(`pull_request_lead_time_${stage}`));
  if (!period || !whole || stages.includes(undefined)) return null;
  const numbers = [...stages, whole].map((measure) => numberOf(measure, view, period));
  if (!numbers.some((number) => number.value !== null)) return null;
  const total = numbers.at(-1), parts = numbers.slice(0, -1), sum = parts.reduce((sum, number) => sum + number.value, 0);
  const isSame = parts.every((number) => number.value !== null && number.known === total.known && number.inferred === total.inferred);
  const addsUp = isSame && Math.abs(sum - total.value) <= numbers.length; // each is rounded to whole milliseconds
  const highest = Math.max(1, ...numbers.map((number) => number.value ?? 0), addsUp ? sum : 0);
  let start = 0;
  const rows = numbers.map((number, index) => {
    const isWhole = index === STAGES.length, from = addsUp && !isWhole ? start : 0;
    start += number.value ?? 0;
    const name = isWhole ? whole.title : STAGES[index].replaceAll("_", " ");
    return { attributes: { class: isWhole ? "whole" : null }, cells: [name, number.text, createBar(from, number.value, highest), number.coverage] };
  });
  const note = addsUp ? "All are means of the same pull requests, so the stages add up to the lead time."
    : "The stages are not known of the same pull requests, so they do not add up to the lead time: each bar begins at zero.";
  return createElement("div", { class: "card stages" },
    createTable(`Lead time by stage, ${format.fullPeriod(period)}${soFar(period)}`, ["stage", "mean", "time", "coverage"], rows, { numeric: [1] }),
    createElement("p", { class: "muted" }, note),
    stagesCsvButton(view, period, [...STAGES, whole.name], numbers));
}

function stagesCsvButton(view, period, names, numbers) {
  const rows = () => numbers.map(({ value, known, inferred, items }, index) => [names[index], period.name, value, known, inferred, items]);
  const header = ["stage", "period", "mean_ms", "known", "inferred", "items"];
  return createCsvButton("Lead time by stage", fileName([view.service, view.repository, "lead-time-by-stage", period.name], "csv"), () => [header, rows()]);
}

function createBar(from, value, highest) {
  const x = linearScale([0, highest], [0, STRIP.width]), svg = createStripSvg();
  svg.append(value === null ? createSvg("text", { x: 0, y: 11 }, "?") : createSvg("rect", { x: x(from), y: 2, width: value ? Math.max(1, pixels(x(value) - x(0))) : 0, height: 10 }));
  return svg;
}
