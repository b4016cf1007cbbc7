// view: the selected filters. They are stored in the URL fragment, so that a view can be linked and restored.

const RANGES = { week: [6, 13, 26, 0], month: [3, 6, 12, 0], quarter: [4, 8, 0] };
const RANGE = { week: 26, month: 12, quarter: 8 };
const KINDS = Object.keys(RANGES).filter((kind) => periods.some((period) => period.kind === kind));
const NOWHERE = { repositories: new Set(), environments: new Map() };
const listeners = [];
let view = checked(told());

// Parse the URL fragment; a fragment that is only an element's id selects nothing.
function told() {
  return Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
}

function servicesOf(team) {
  return [...places.keys()].filter((service) => !team || teams.get(service) === team).sort(byName);
}

function byName(one, other) {
  return one.localeCompare(other, "en");
}

function environmentsOf(service) {
  const found = [...(places.get(service) ?? NOWHERE).environments];
  return found.sort((one, other) => other[1] - one[1] || byName(one[0], other[0])).map(([environment]) => environment);
}

// Each filter has the requested value if it exists, or else the default.
function checked(asked) {
  const either = (wanted, among, otherwise) => (among.includes(wanted) ? wanted : otherwise);
  const team = either(asked.team, [...teams.values()], "") ?? "";
  const [first = ""] = servicesOf(team);
  const service = either(asked.service, servicesOf(team), first);
  const repository = either(asked.repository, [...(places.get(service) ?? NOWHERE).repositories], "");
  const [busiest = ""] = environmentsOf(service);
  const environment = either(asked.environment, environmentsOf(service), busiest);
  const kind = either(asked.kind, KINDS, KINDS[0] ?? "week");
  const range = either(Number(asked.range ?? NaN), RANGES[kind], RANGE[kind]);
  const theme = either(asked.theme, ["light", "dark"], "");
  const behind = either(asked.evidence, measures.map((measure) => measure.name), "");
  return { team, service, repository, environment, kind, range, theme, evidence: behind, period: behind ? asked.period ?? "" : "" };
}

function fragment(shown) {
  const parts = Object.entries(shown).filter(([name, value]) => value !== "" && !(name === "range" && value === RANGE[shown.kind]));
  return `#${new URLSearchParams(parts)}`;
}

// Change the view: every subscribed part of the page renders again.
function look(change) {
  show({ ...view, ...change });
  history.replaceState(null, "", fragment(view));
}

function show(asked) {
  const before = view;
  view = checked(asked);
  for (const listener of listeners) listener(view, before);
}

addEventListener("hashchange", () => {
  if (!byId(location.hash.slice(1))) show(told());
});

// A link to an element of this page scrolls there without changing the URL.
addEventListener("click", (event) => {
  const target = event.target.closest?.("a[href^='#']")?.getAttribute("href");
  if (!target) return;
  event.preventDefault();
  byId(target.slice(1)).scrollIntoView();
  byId(target.slice(1)).focus({ preventScroll: true });
});
