// data: the numbers, indexed by key, and what the page says besides (warehouse/dashboard/data.py).

const data = JSON.parse(dataLines[0].content);
const measures = data.measures;
const teams = new Map(data.repositories.map(([, service, team]) => [service, team]));
const periods = data.periods.map(([kind, name, startsAt, endsAt, firstDay, lastDay]) =>
  ({ kind, name, startsAt, endsAt, firstDay: Date.parse(firstDay), lastDay: Date.parse(lastDay), isComplete: endsAt <= data.generated_at }));
const ages = new Map(); // of a period: how many of its kind are newer
for (const kind of new Set(periods.map((period) => period.kind))) {
  periods.filter((period) => period.kind === kind).reverse().forEach((period, age) => ages.set(keyOf(kind, period.name), age));
}
const allSeries = new Map(); // the parts of each series by key
const trends = new Map(); // in words, by the key of a series
const targetVerdicts = new Map(); // whether each target is met, in words, by the same key
const services = new Map(); // for each service: its repositories, and its environments with their number of items; "": all of them
const depths = new Map(); // of a service or repository: how many periods of a kind this page has
const measuresWithEnvironment = new Set();
const isEmpty = !Object.values(data.records).some(Boolean);
const NO_ITEMS = { value: null, known: 0, inferred: 0, items: 0, p75: null, p90: null, p95: null, text: "–", coverage: "nothing to measure" };
const mainPage = data.main_page ?? null; // null on the main page itself
const pages = new Map((data.pages ?? []).map(([service, entries]) => [service, entries.map(([href, from, to]) => ({ href, from, to }))]));

const omittedCounts = new Map(Object.entries(data.omitted_of));

function keyOf(...parts) {
  return parts.join("\u0000");
}

for (const { kind, service, content } of dataLines) if (kind === "numbers") addNumbers(service, JSON.parse(content));

function addNumbers(service, { strings, values, coverages, rows }) {
  const tables = expandValues(values);
  if (!services.has(service)) services.set(service, { repositories: new Set(), environments: new Map() });
  const { repositories, environments } = services.get(service);
  for (const [measure, repositoryIndex, environmentIndex, kindIndex, trend, target, start, valueIndexes, coverageIndexes, percentiles] of rows) {
    const repository = strings[repositoryIndex], environment = strings[environmentIndex], kind = strings[kindIndex];
    const key = keyOf(measure, service, repository, environment, kind), place = keyOf(service, repository, kind);
    const part = { start, valueIndexes, coverageIndexes, percentiles, coverages, table: tables[measures[measure].unit] };
    allSeries.set(key, [...(allSeries.get(key) ?? []), part]);
    trends.set(key, strings[trend]);
    targetVerdicts.set(key, strings[target]);
    depths.set(place, Math.max(depths.get(place) ?? 0, start + valueIndexes.length));
    if (repository) repositories.add(repository);
    if (environment) measuresWithEnvironment.add(measure);
    if (environment || measures[measure].is_dora) {
      const items = coverageIndexes.reduce((sum, index) => sum + (index && coverages[index - 1][2]), 0);
      environments.set(environment, (environments.get(environment) ?? 0) + items);
    }
  }
}

for (const service of data.overview.without_numbers) services.set(service, { repositories: new Set(), environments: new Map() });

// The environment of a measure: that of the filter, or none if the measure has no environments.
const environmentOf = (measure, view) => (measuresWithEnvironment.has(measures.indexOf(measure)) ? view.environment : "");

const seriesKey = (measure, view, kind) => keyOf(measures.indexOf(measure), view.service, view.repository, environmentOf(measure, view), kind);

// With its texts: `text` is the value, `coverage` how much of it is known.
function numberOf(measure, view, period) {
  const age = ages.get(keyOf(period.kind, period.name));
  const part = allSeries.get(seriesKey(measure, view, period.kind))?.find(({ start, valueIndexes }) => age >= start && age < start + valueIndexes.length);
  const place = part ? part.coverageIndexes[age - part.start] : 0;
  if (!place) return NO_ITEMS;
  const index = part.valueIndexes[age - part.start], [known, inferred, items, coverage] = part.coverages[place - 1];
  const value = index ? part.table.values[index] : null;
  const [p75, p90, p95] = part.percentiles.map((column) => (column ? part.table.values[column[age - part.start]] : null));
  return { value, known, inferred, items, coverage, p75, p90, p95, text: index ? part.table.texts[index] : items ? UNKNOWN : "–" };
}

// Whether the latest period is within the usual range, in words.
function trendOf(measure, view) {
  return trends.get(seriesKey(measure, view, view.kind)) ?? "too few to compare";
}

// Whether the latest number meets its target, in words; empty without a target.
function targetOf(measure, view) {
  return targetVerdicts.get(seriesKey(measure, view, view.kind)) ?? "";
}

// A measure's title; of a lead time with a start of its own, with that.
function titleOf(measure, view) {
  return data.lead_time_titles[view.service]?.[measure.name] ?? measure.title;
}

// The incidents that the latest change fail rate of the view's service cannot count, in words.
function leftOutOf(view) {
  return data.left_out.find(([service, kind]) => service === view.service && kind === view.kind)?.[2] ?? "";
}

// The periods of the view's kind, oldest first, as far back as this page has numbers.
function availablePeriods(view) {
  const depth = depths.get(keyOf(view.service, view.repository, view.kind)) ?? Infinity;
  const periodsOfKind = periods.filter((period) => period.kind === view.kind);
  return periodsOfKind.slice(Math.max(0, periodsOfKind.length - depth));
}

// The periods that the filter shows: the last complete ones and the current one; none before the first number.
function visiblePeriods(view) {
  const available = availablePeriods(view);
  const visible = view.range ? available.slice(-view.range - 1) : available;
  const first = visible.findIndex((period) => measures.some((measure) => numberOf(measure, view, period).items));
  return first < 0 ? visible : visible.slice(Math.min(first, visible.length - 2));
}

// The last complete period, or the current one if it alone has items, and the one before it: as in the report.
function latestPeriods(view) {
  const available = availablePeriods(view), names = data.latest[view.kind] ?? [null, null];
  return names.map((name) => available.find((period) => period.name === name) ?? null);
}

// Whether the measure has a number of the view: some measures are only of one environment, others only of all.
function hasNumbers(measure, view) {
  return availablePeriods(view).some((period) => numberOf(measure, view, period).items);
}

// What this page leaves out of a service, and where that is: { numbers, evidence, href }; href is null if it is on no page.
function omittedOf(service) {
  const [numbers, evidence] = omittedCounts.get(service) ?? [0, 0];
  return { numbers, evidence, href: otherPages(service)[0]?.href ?? null };
}

function otherPages(service) {
  return (pages.get(service) ?? []).filter((page) => page.href !== data.this_page);
}

// The other pages with evidence of a service and period.
function evidencePages(view, period) {
  return otherPages(view.service).filter(({ from, to }) => from !== null && from < period.endsAt && to >= period.startsAt);
}
