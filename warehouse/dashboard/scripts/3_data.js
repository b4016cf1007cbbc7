// data: what warehouse/dashboard/payload.py has put into the page, its numbers to be found by their place.

const data = JSON.parse(byId("data").textContent);
const text = (place) => (place === null ? null : data.texts[place]);
const measures = data.measures;
const teams = new Map(data.repositories.map(([, service, team]) => [service, team]));
const periods = data.periods.map(([kind, name, startsAt, endsAt]) => ({ kind, name, startsAt, endsAt, over: endsAt <= data.made }));
const numbers = new Map();
const places = new Map(); // of each service: its repositories, and its environments with how many items they have
const isEmpty = !Object.values(data.records).some(Boolean);

const key = (...parts) => parts.join("\u0000");

for (const [measure, service, repository, environment, kind, period, value, known, items] of data.numbers) {
  const place = [text(service), text(repository), text(environment)];
  numbers.set(key(measure, ...place, text(kind), text(period)), { value, known, items });
  const found = places.get(place[0]) ?? { repositories: new Set(), environments: new Map() };
  places.set(place[0], found);
  if (place[1]) found.repositories.add(place[1]);
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

// The environment of a measure: that of the filter, or none where the measure knows none.
const environmentOf = (measure, view) => (withEnvironment.has(measures.indexOf(measure)) ? view.environment : "");

function numberOf(measure, view, period) {
  const place = [view.service, view.repository, environmentOf(measure, view)];
  return numbers.get(key(measures.indexOf(measure), ...place, period.kind, period.name)) ?? { value: null, known: 0, items: 0 };
}

// The periods that the filter shows, oldest first: so many that are over, and the one that is not.
function shownPeriods(view) {
  const kind = periods.filter((period) => period.kind === view.kind);
  return view.range ? kind.slice(-view.range - 1) : kind;
}

// The last period that is over, and the one before it.
function latestTwo(view) {
  const over = periods.filter((period) => period.kind === view.kind && period.over);
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
