// state: the selected filters. They are stored in the URL fragment, so that a view can be linked and restored.

const RANGES = { week: [6, 13, 26, 0], month: [3, 6, 12, 0], quarter: [4, 8, 0] };
const DEFAULT_RANGE = { week: 26, month: 12, quarter: 8 };
const KINDS = Object.keys(RANGES).filter((kind) => periods.some((period) => period.kind === kind));
const UNKNOWN_SERVICE = { repositories: new Set(), environments: new Map() };
const listeners = [];
let view = validated(parseFragment());

// A fragment that is only an element's id selects nothing.
function parseFragment() {
  return Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
}

function servicesOf(team) {
  return [...services.keys()].filter((service) => !team || teams.get(service) === team).sort(byName);
}

function byName(first, second) {
  return first.localeCompare(second, "en");
}

// The environments of a service: all together, if they have one number, then the one with most items first.
function environmentsOf(service) {
  const environments = [...(services.get(service) ?? UNKNOWN_SERVICE).environments];
  return environments.sort((first, second) => !second[0] - !first[0] || second[1] - first[1] || byName(first[0], second[0])).map(([environment]) => environment);
}

// Each filter has the requested value if it exists, or else the default.
function validated(requested) {
  const choose = (value, choices, fallback) => (choices.includes(value) ? value : fallback);
  const team = choose(requested.team, [...teams.values()], "") ?? "";
  const [firstService = ""] = servicesOf(team);
  const service = choose(requested.service, servicesOf(team), firstService);
  const repository = choose(requested.repository, [...(services.get(service) ?? UNKNOWN_SERVICE).repositories], "");
  const [busiest = ""] = environmentsOf(service);
  const environment = choose(requested.environment, environmentsOf(service), busiest);
  const kind = choose(requested.kind, KINDS, choose(data.default_kind, KINDS, KINDS[0] ?? "week"));
  const range = choose(Number(requested.range ?? NaN), RANGES[kind], DEFAULT_RANGE[kind]);
  const theme = choose(requested.theme, ["light", "dark"], "");
  const measure = choose(requested.evidence, measures.map((measure) => measure.name), "");
  return { team, service, repository, environment, kind, range, theme, evidence: measure, period: measure ? requested.period ?? "" : "", ...evidenceFiltersOf(measure ? requested : {}) };
}

function fragmentOf(view) {
  const parts = Object.entries(view).filter(([name, value]) => value !== "" && !(name === "range" && value === DEFAULT_RANGE[view.kind]));
  return `#${new URLSearchParams(parts)}`;
}

// Change the view: every subscribed part of the page renders again.
function updateView(change) {
  setView({ ...view, ...change });
  history.replaceState(null, "", fragmentOf(view));
}

function setView(requested) {
  const previous = view;
  view = validated(requested);
  for (const listener of listeners) listener(view, previous);
}

addEventListener("hashchange", () => {
  if (!byId(location.hash.slice(1))) setView(parseFragment());
});

// A link to an element of this page scrolls there without changing the URL.
addEventListener("click", (event) => {
  const target = event.target.closest?.("a[href^='#']")?.getAttribute("href");
  if (!target) return;
  event.preventDefault();
  byId(target.slice(1)).scrollIntoView();
  byId(target.slice(1)).focus({ preventScroll: true });
});
