// data: the payload of warehouse/dashboard/data.py, with its numbers indexed by key.

const data = JSON.parse(byId("data").textContent);
const text = (place) => (place === null ? null : data.texts[place]);
const measures = data.measures;
const teams = new Map(data.repositories.map(([, service, team]) => [service, team]));
const periods = data.periods.map(([kind, name, startsAt, endsAt]) => ({ kind, name, startsAt, endsAt, over: endsAt <= data.made }));
const numbers = new Map();
const places = new Map(); // for each service: its repositories, and its environments with their number of items
const isEmpty = !Object.values(data.records).some(Boolean);

const key = (...parts) => parts.join("\u0000");

for (const [measure, service, repository, environment, kind, cells] of data.numbers) {
  const place = [text(service), text(repository), text(environment)];
  const newest = periods.filter((period) => period.kind === text(kind)).slice(-cells.length / 3);
  const told = newest.map((period, at) => [period, { value: cells[3 * at], known: cells[3 * at + 1], items: cells[3 * at + 2] }]);
  for (const [period, number] of told) numbers.set(key(measure, ...place, period.kind, period.name), number);
  const found = places.get(place[0]) ?? { repositories: new Set(), environments: new Map() };
  places.set(place[0], found);
  if (place[1]) found.repositories.add(place[1]);
  const items = told.reduce((sum, [, number]) => sum + number.items, 0);
  if (place[2]) found.environments.set(place[2], (found.environments.get(place[2]) ?? 0) + items);
}

const evidence = data.evidence.map(([measure, service, repository, environment, at, item, value, why, ...record]) => ({
  measure, service: text(service), repository: text(repository), environment: text(environment), at, item: text(item), value,
  why: text(why), recordId: joined(record[0], record[1]), path: joined(record[2], record[3]),
}));

const withEnvironment = new Set(data.numbers.filter((row) => text(row[3])).map((row) => row[0]));

function joined(folder, name) {
  return name === null ? null : text(folder) + text(name);
}

// The environment of a measure: that of the filter, or none if the measure has no environments.
const environmentOf = (measure, view) => (withEnvironment.has(measures.indexOf(measure)) ? view.environment : "");

function numberOf(measure, view, period) {
  const place = [view.service, view.repository, environmentOf(measure, view)];
  return numbers.get(key(measures.indexOf(measure), ...place, period.kind, period.name)) ?? { value: null, known: 0, items: 0 };
}

// The periods of the view's kind, oldest first, as far back as this page has numbers.
function reachedPeriods(view) {
  const reach = view.repository ? data.reach.repository : data.reach.service;
  const kind = periods.filter((period) => period.kind === view.kind);
  return kind.slice(Math.max(0, kind.length - reach));
}

// The periods that the filter shows: the last complete ones and the current one; none before the first number.
function shownPeriods(view) {
  const reached = reachedPeriods(view);
  const shown = view.range ? reached.slice(-view.range - 1) : reached;
  const first = shown.findIndex((period) => measures.some((measure) => numberOf(measure, view, period).items));
  return first < 0 ? shown : shown.slice(Math.min(first, shown.length - 2));
}

// The last complete period, and the one before it.
function latestTwo(view) {
  const over = reachedPeriods(view).filter((period) => period.over);
  return [over.at(-1) ?? null, over.at(-2) ?? null];
}

function evidenceOf(measure, view, period) {
  const place = measures.indexOf(measure), environment = environmentOf(measure, view);
  return evidence
    .filter((each) => each.measure === place && each.service === view.service && each.environment === environment
      && (!view.repository || each.repository === view.repository)
      && each.at !== null && each.at >= period.startsAt && each.at < period.endsAt)
    .sort((one, other) => other.at - one.at);
}
