// filters: the controls of the view. Their elements are never replaced, so that the focus is kept.

const controls = {};

function renderFilters() {
  const createControl = (name, label) => {
    controls[name] = createElement("select", { id: `filter-${name}`, onchange: (event) => updateView({ [name]: event.target.value }) });
    return createElement("div", { class: "filter" }, createElement("label", { for: `filter-${name}` }, label), controls[name]);
  };
  const filters = [["service", "Service"], ["repository", "Repository"], ["environment", "Environment"], ["kind", "Period"], ["range", "Range"]];
  if ([...teams.values()].some(Boolean)) filters.unshift(["team", "Team"]);
  byId("filters").replaceChildren(...filters.map(([name, label]) => createControl(name, label)),
    createElement("button", { type: "button", class: "button", onclick: resetFilters }, "Reset"));
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
}

function resetFilters() {
  setView({ theme: view.theme, service: view.service });
  history.replaceState(null, "", fragmentOf(view));
}

function updateFilters(view) {
  const environments = environmentsOf(view.service);
  const rangeOption = (count) => [String(count), count ? format.pluralize(count, view.kind) : "everything"];
  const { repositories } = services.get(view.service) ?? UNKNOWN_SERVICE;
  const options = {
    team: [["", "every team"], ...[...new Set(teams.values())].filter(Boolean).sort(byName).map((team) => [team, team])],
    service: [...(services.size > 1 ? [["", "all services"]] : []), ...servicesOf(view.team).map((service) => [service, service])],
    repository: [["", repositories.size ? `all ${repositories.size} of the service` : "all of the service"], ...[...repositories].sort(byName).map((name) => [name, name])],
    environment: environments.length ? environments.map((name) => [name, name || "all environments"]) : [["", "none known"]],
    kind: KINDS.map((kind) => [kind, `by ${kind}`]),
    range: RANGES[view.kind].map(rangeOption),
  };
  for (const [name, select] of Object.entries(controls)) {
    select.replaceChildren(...options[name].map(([value, label]) => createElement("option", { value }, label)));
    select.value = String(view[name]);
    select.disabled = options[name].length < 2;
    select.parentElement.hidden = !view.service && ["repository", "environment"].includes(name);
  }
}

// Announce the new numbers to screen readers.
function announce(view) {
  if (!view.service) return void (byId("announcement").textContent = `Showing ${scopeText(view)}: ${byId("overview-count").textContent}.`);
  const [latest] = latestPeriods(view);
  const values = measures.filter((measure) => measure.is_dora)
    .map((measure) => `${measure.title}: ${(latest ? numberOf(measure, view, latest) : NO_ITEMS).text}`);
  byId("announcement").textContent = `Showing ${scopeText(view)}. ${values.join("; ")}.`;
}

const systemTheme = matchMedia("(prefers-color-scheme: dark)");
const isDark = (view) => (view.theme || (systemTheme.matches ? "dark" : "light")) === "dark";

function renderTheme(view) {
  document.documentElement.dataset.theme = view.theme;
  byId("theme").textContent = isDark(view) ? "Switch to light" : "Switch to dark";
}

// Copy the address of the view; where the browser does not allow it, show it to be copied by hand.
async function copyLink() {
  const button = byId("copy-link"), address = location.href.split("#")[0] + fragmentOf(view);
  try {
    await navigator.clipboard.writeText(address);
    button.textContent = "Link copied";
  } catch {
    const field = createElement("input", { readonly: true, "aria-label": "Link to this view", value: address, class: "link-field" });
    button.after(field);
    field.select();
    field.addEventListener("blur", () => field.remove());
    field.focus();
  }
  byId("announcement").textContent = button.textContent === "Link copied" ? "Link copied." : "Copy the selected link.";
  setTimeout(() => { button.textContent = "Copy link"; }, 2_000);
}
