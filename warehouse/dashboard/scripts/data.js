// data: the payload of warehouse/dashboard/data.py, with its numbers indexed by key.

const data = await decodeData(byId("data"));
const string = (index) => (index === null ? null : data.strings[index]);
const measures = data.measures;
const teams = new Map(data.repositories.map(([, service, team]) => [service, team]));
const periods = data.periods.map(([kind, name, startsAt, endsAt, firstDay, lastDay]) =>
  ({ kind, name, startsAt, endsAt, firstDay: Date.parse(firstDay), lastDay: Date.parse(lastDay), isComplete: endsAt <= data.generated_at }));
const numbers = new Map();
const trends = new Map(); // in words, by the key of a number without its period
const services = new Map(); // for each service: its repositories, and its environments with their number of items; "": all of them
const isEmpty = !Object.values(data.records).some(Boolean);
const NO_ITEMS = { value: null, known: 0, inferred: 0, items: 0 };

// The other pages of this report: the main page (null on the main page itself), and the one of each service that has one.
const mainPage = data.main_page ?? null;
const pages = new Map(data.pages ?? []);

async function decodeData(element) {
  return JSON.parse(element.textContent);
}

// What this page leaves out of a service, and where that is: { numbers, evidence, href }; href is null if it is on no page.
function omittedOf(service) {
  const [numbers, evidence] = data.omitted_of?.[service] ?? [0, 0];
  return { numbers, evidence, href: pages.get(service) ?? null };
}

const keyOf = (...parts) => parts.join("\u0000");

for (const [measure, ...indexes] of data.numbers) {
  const [service, repository, environment, kind, trend] = indexes.slice(0, 5).map(string);
  const [cells, inferred = []] = indexes.slice(5);
  trends.set(keyOf(measure, service, repository, environment, kind), trend);
  const newestPeriods = periods.filter((period) => period.kind === kind).slice(-cells.length / 3);
  const { repositories, environments } = services.get(service) ?? { repositories: new Set(), environments: new Map() };
  let items = 0;
  newestPeriods.forEach((period, index) => {
    const number = { value: cells[3 * index], known: cells[3 * index + 1], items: cells[3 * index + 2], inferred: inferred[index] ?? 0 };
    numbers.set(keyOf(measure, service, repository, environment, kind, period.name), number);
    items += number.items;
  });
  if (repository) repositories.add(repository);
  if (environment || measures[measure].is_dora) environments.set(environment, (environments.get(environment) ?? 0) + items);
  services.set(service, { repositories, environments });
}

const evidence = data.evidence.map(decodeItem);

const measuresWithEnvironment = new Set(data.numbers.filter((row) => string(row[3])).map((row) => row[0]));

// The environment of a measure: that of the filter, or none if the measure has no environments.
const environmentOf = (measure, view) => (measuresWithEnvironment.has(measures.indexOf(measure)) ? view.environment : "");

// With its texts: `text` is the value, `coverage` how much of it is known.
function numberOf(measure, view, period) {
  const scope = [view.service, view.repository, environmentOf(measure, view)];
  const number = numbers.get(keyOf(measures.indexOf(measure), ...scope, period.kind, period.name)) ?? NO_ITEMS;
  return { ...number, text: format.number(measure, number), coverage: format.coverage(number) };
}

// Whether the latest period is within the usual range, in words.
function trendOf(measure, view) {
  const scope = [view.service, view.repository, environmentOf(measure, view)];
  return trends.get(keyOf(measures.indexOf(measure), ...scope, view.kind)) ?? "too few to compare";
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
  const limit = view.repository ? data.period_limits.repository : data.period_limits.service;
  const periodsOfKind = periods.filter((period) => period.kind === view.kind);
  return periodsOfKind.slice(Math.max(0, periodsOfKind.length - limit));
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

function evidenceOf(measure, view, period) {
  const index = measures.indexOf(measure), environment = environmentOf(measure, view);
  return evidence
    .filter((item) => item.measure === index && item.service === view.service && item.environment === environment
      && (!view.repository || item.repository === view.repository)
      && item.at !== null && item.at >= period.startsAt && item.at < period.endsAt)
    .map((item) => ({ ...item, text: item.value === null ? UNKNOWN : format.item(measure, item.value, item.isInferred) }))
    .sort((first, second) => second.at - first.at);
}

// Whether the measure has a number of the view: some measures are only of one environment, others only of all.
function hasNumbers(measure, view) {
  return availablePeriods(view).some((period) => numberOf(measure, view, period).items);
}
