// state: the selected filters. They are stored in the URL fragment, so that a view can be linked and restored.
// Without a service, the view is the overview of all services; a page of one service has no overview.

const RANGES = { week: [6, 13, 26, 0], month: [3, 6, 12, 0], quarter: [4, 8, 0] };
const DEFAULT_RANGE = { week: 26, month: 12, quarter: 8 };
const KINDS = Object.keys(RANGES).filter((kind) => periods.some((period) => period.kind === kind));
const UNKNOWN_SERVICE = { repositories: new Set(), environments: new Map() };
const GROUPS = ["dora", "delivery"];
const listeners = [];
// A fragment that is only an element's id selects nothing.
function parseFragment() {
  return Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
}

const sortedServices = [...services.keys()].sort(byName);

function servicesOf(team) {
  return sortedServices.filter((service) => !team || teams.get(service) === team);
}

function byName(first, second) {
  return first.localeCompare(second, "en");
}

let view = validated(parseFragment());

// The environments of a service: the one that stands for it in the overview, then the one with most items first.
function environmentsOf(service) {
  const standing = data.overview.environments[service], environments = [...(services.get(service) ?? UNKNOWN_SERVICE).environments];
  const isStanding = ([environment]) => environment === standing;
  return environments.sort((first, second) => isStanding(second) - isStanding(first) || second[1] - first[1] || byName(first[0], second[0])).map(([environment]) => environment);
}

// Each filter has the requested value if it exists, or else the default.
function validated(requested) {
  const choose = (value, choices, fallback) => (choices.includes(value) ? value : fallback);
  const team = choose(requested.team, [...teams.values()], "") ?? "";
  const service = choose(requested.service, servicesOf(team), services.size === 1 ? servicesOf("")[0] : "");
  const repository = choose(requested.repository, [...(services.get(service) ?? UNKNOWN_SERVICE).repositories], "");
  const [busiest = ""] = environmentsOf(service);
  const environment = choose(requested.environment, environmentsOf(service), busiest);
  const kind = choose(requested.kind, KINDS, choose(data.default_kind, KINDS, KINDS[0] ?? "week"));
  const range = choose(Number(requested.range ?? NaN), RANGES[kind], DEFAULT_RANGE[kind]);
  const theme = choose(requested.theme, ["light", "dark"], "");
  const measure = choose(requested.evidence, measures.map((measure) => measure.name), "");
  const shown = { team, service, repository, environment, kind, range, theme, evidence: service && measure };
  if (service) return { ...shown, period: measure ? requested.period ?? "" : "", ...evidenceFiltersOf(measure ? requested : {}) };
  const sort = choose(requested.sort, sortChoices(), ""), search = (requested.search ?? "").slice(0, 100);
  return { ...shown, period: "", measures: choose(requested.measures, GROUPS, "dora"), sort, search };
}

function fragmentOf(view) {
  const defaults = { range: DEFAULT_RANGE[view.kind], measures: "dora" };
  const parts = Object.entries(view).filter(([name, value]) => value !== "" && value !== defaults[name]);
  return `#${new URLSearchParams(parts)}`;
}

// Change the view: every subscribed part of the page renders again. What leads to another thing, a service or a list of
// records, is an entry of the history, so that Back leads back; a filter is not.
function updateView(change) {
  const previous = view;
  const closes = previous.evidence && change.evidence === "";
  if (closes && history.state?.opened === previous.evidence) return history.back();
  const next = validated({ ...view, ...change });
  const opens = next.evidence && !previous.evidence, leads = next.service !== previous.service || opens;
  if (leads) history.pushState({ opened: opens ? next.evidence : "" }, "", fragmentOf(next));
  setView(next);
  if (!leads) history.replaceState(history.state, "", fragmentOf(view));
}

function setView(requested) {
  const previous = view;
  view = validated(requested);
  for (const listener of listeners) listener(view, previous);
}

const isElementId = (fragment) => fragment.length > 1 && Boolean(byId(fragment.slice(1)));

addEventListener("popstate", () => {
  if (!isElementId(location.hash)) setView(parseFragment());
});

// The fragment of a view, for a link to it; the theme stays.
const linkTo = (change) => fragmentOf({ team: view.team, kind: view.kind, theme: view.theme, ...change });

// A link to an element of this page scrolls there without changing the URL; one to a view changes the view.
addEventListener("click", (event) => {
  const target = event.target.closest?.("a[href^='#']")?.getAttribute("href");
  if (!target || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (!isElementId(target)) {
    history.pushState(null, "", target);
    return setView(parseFragment());
  }
  byId(target.slice(1)).scrollIntoView();
  byId(target.slice(1)).focus({ preventScroll: true });
});
