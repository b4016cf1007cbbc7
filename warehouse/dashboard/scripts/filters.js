// filters: the controls of the view. Their elements are never replaced, so that the focus is kept.

const controls = {};

function drawFilters() {
  const chooser = (name, label) => {
    controls[name] = make("select", { id: `filter-${name}`, onchange: (event) => look({ [name]: event.target.value }) });
    return make("div", { class: "filter" }, make("label", { for: `filter-${name}` }, label), controls[name]);
  };
  const chosen = [["service", "Service"], ["repository", "Repository"], ["environment", "Environment"], ["kind", "Period"], ["range", "Range"]];
  if ([...teams.values()].some(Boolean)) chosen.unshift(["team", "Team"]);
  const reset = make("button", { type: "button", class: "quiet", onclick: () => show({ theme: view.theme }) || history.replaceState(null, "", fragment(view)) }, "Reset");
  byId("filters").replaceChildren(...chosen.map(([name, label]) => chooser(name, label)), reset);
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
}

function fillFilters(view) {
  const environments = environmentsOf(view.service);
  const far = (number) => [String(number), number ? `${words.counted(number, view.kind)}` : "everything"];
  const own = places.get(view.service) ?? NOWHERE;
  const choices = {
    team: [["", "every team"], ...[...new Set(teams.values())].filter(Boolean).sort(byName).map((team) => [team, team])],
    service: servicesOf(view.team).map((service) => [service, service]),
    repository: [["", own.repositories.size ? `all ${own.repositories.size} of the service` : "all of the service"], ...[...own.repositories].sort(byName).map((name) => [name, name])],
    environment: environments.length ? environments.map((name) => [name, name]) : [["", "none known"]],
    kind: KINDS.map((kind) => [kind, `by ${kind}`]),
    range: RANGES[view.kind].map(far),
  };
  for (const [name, select] of Object.entries(controls)) {
    select.replaceChildren(...choices[name].map(([value, label]) => make("option", { value }, label)));
    select.value = String(view[name]);
    select.disabled = choices[name].length < 2;
  }
}

// Announced to screen readers.
function announce(view, before) {
  if (fragment({ ...view, theme: "", evidence: "", period: "" }) === fragment({ ...before, theme: "", evidence: "", period: "" })) return;
  const [latest] = latestTwo(view);
  const told = measures.filter((measure) => measure.is_dora)
    .map((measure) => `${measure.title}: ${words.told(measure, latest && numberOf(measure, view, latest))}`);
  byId("announced").textContent = `Showing ${placeInWords(view)}. ${told.join("; ")}.`;
}

const system = matchMedia("(prefers-color-scheme: dark)");
const isDark = (view) => (view.theme || (system.matches ? "dark" : "light")) === "dark";

function drawTheme(view) {
  document.documentElement.dataset.theme = view.theme;
  byId("theme").textContent = isDark(view) ? "Switch to light" : "Switch to dark";
}
