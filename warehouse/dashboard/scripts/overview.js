// overview: all services in one table, each column in one unit, with the totals of all services and of each team.

const ROWS_AT_ONCE = 30; // more rows follow frame by frame, so that the first ones are seen at once
const SHORT_TREND = { "within the usual range": "usual", "too few to compare": "too few", "not over yet": "so far" };
let appendRest = () => {}; // the rows that are not in the table yet

const overviewColumns = (view) => measures.filter((measure) => measure.is_dora === (view.measures === "dora"));
const scopeOf = (service, view) => ({ ...view, service, repository: "", environment: environmentsOf(service)[0] ?? "" });

// Sorted by this column first: a measure's name, or the service; a minus reverses the order.
function sortChoices() {
  const names = ["service", ...measures.map((measure) => measure.name)];
  return [...names, ...names.map((name) => `-${name}`)];
}

function renderOverview(view) {
  byId("overview").hidden = Boolean(view.service) || isEmpty || !services.size;
  if (byId("overview").hidden) return;
  const columns = overviewColumns(view), [latest] = latestPeriods(view);
  byId("overview-scope").textContent = latest ? `${format.fullPeriod(latest)}${soFar(latest)}, by ${view.kind}` : `no ${view.kind} is over yet`;
  for (const button of document.querySelectorAll("[data-group]")) button.setAttribute("aria-pressed", String(button.dataset.group === view.measures));
  if (byId("overview-search").value !== view.search) byId("overview-search").value = view.search;
  const head = createElement("thead", null, createElement("tr", null, overviewHeader("service", "Service", "", view),
    columns.map((measure) => overviewHeader(measure.name, measure.title, data.overview.units[view.kind][measures.indexOf(measure)], view))));
  const totals = data.overview.totals.filter((total) => !view.team || total.team === view.team);
  const body = createElement("tbody", { id: "overview-rows" });
  const table = createElement("table", { class: "overview" },
    createElement("caption", { class: "visually-hidden" }, "All services: the latest number of each measure, its history, its trend and its coverage"),
    head, totals.length ? createElement("tbody", { class: "totals" }, totals.map((total) => totalRow(total, columns, view))) : "", body);
  const region = createElement("div", { class: "scroll overview-scroll", tabindex: "0", role: "region", "aria-label": "Table of all services" }, table);
  byId("overview-table").replaceChildren(region);
  renderRows(view, columns, latest);
}

// A column of which one unit is shown in the header; its button sorts by it, and again the other way round.
function overviewHeader(name, title, unit, view) {
  const isSorted = view.sort.replace("-", "") === name || (name === "service" && !view.sort);
  const order = view.sort.startsWith("-") ? "descending" : "ascending";
  const onclick = () => {
    updateView({ sort: view.sort === name || (name === "service" && !view.sort) ? `-${name}` : name });
    document.querySelector(`[data-sort="${name}"]`).focus();
  };
  return createElement("th", { scope: "col", class: name === "service" ? null : "number", "aria-sort": isSorted ? order : null },
    createElement("button", { type: "button", class: "column-sort", onclick, "data-sort": name }, title,
      unit ? [" ", createElement("small", null, unit)] : "", createElement("span", { class: "arrow", "aria-hidden": "true" }, isSorted ? (order === "ascending" ? "▲" : "▼") : "")));
}

// The services that fit the search, in the order of the column; without a number last.
function servicesShown(view, latest) {
  const words = view.search.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (service) => {
    const text = [service, teams.get(service) ?? "", ...services.get(service).repositories].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  };
  const found = servicesOf(view.team).filter(fits);
  const sign = view.sort.startsWith("-") ? -1 : 1;
  const measure = measures.find((measure) => measure.name === view.sort.replace("-", ""));
  if (!measure) return sign < 0 ? found.reverse() : found;
  const values = new Map(found.map((service) => [service, latest ? numberOf(measure, scopeOf(service, view), latest).value : null]));
  const compare = (first, second) => (values.get(first) === null) - (values.get(second) === null) || sign * (values.get(first) - values.get(second)) || byName(first, second);
  return found.sort(compare);
}

function renderRows(view, columns, latest) {
  const found = servicesShown(view, latest), all = servicesOf(view.team).length, body = byId("overview-rows");
  byId("overview-count").textContent = found.length < all ? `${withSeparators(found.length)} of ${format.pluralize(all, "service")}` : format.pluralize(all, "service");
  body.replaceChildren();
  body.setAttribute("aria-busy", "true");
  let start = 0;
  const append = (count) => {
    body.append(...found.slice(start, start + count).map((service) => overviewRow(service, columns, view, latest)));
    start += count;
    if (start >= found.length) body.setAttribute("aria-busy", "false");
  };
  const appendSoon = () => {
    if (!body.isConnected || start >= found.length) return;
    append(ROWS_AT_ONCE);
    requestAnimationFrame(appendSoon);
  };
  appendRest = () => body.isConnected && append(found.length - start);
  append(ROWS_AT_ONCE);
  requestAnimationFrame(appendSoon);
  if (!found.length) body.append(createElement("tr", null, createElement("td", { colspan: columns.length + 1, class: "muted" }, "No service fits the search.")));
}

function overviewRow(service, columns, view, latest) {
  const scope = scopeOf(service, view), shown = visiblePeriods(scope), texts = data.overview.texts[view.kind][service] ?? [];
  const details = [teams.get(service), environmentsOf(service).length > 1 && scope.environment ? scope.environment : ""].filter(Boolean);
  const cells = columns.map((measure) => {
    const number = latest ? numberOf(measure, scope, latest) : NO_ITEMS;
    const values = shown.map((period) => numberOf(measure, scope, period).value);
    const coverage = number.items || number.value !== null ? number.coverage : "";
    return overviewCell(texts[measures.indexOf(measure)] ?? "–", coverage, trendOf(measure, scope), values, number.known < number.items);
  });
  return createElement("tr", { "data-service": service },
    createElement("th", { scope: "row" }, createElement("a", { href: linkTo({ service }) }, isolated(service)), details.map((text) => createElement("small", null, isolated(text)))), cells);
}

function totalRow(total, columns, view) {
  const title = total.team ? createElement("a", { href: linkTo({ team: total.team }) }, isolated(total.team)) : "All services";
  const cells = columns.map((measure) => {
    const index = measures.indexOf(measure), cell = total.kinds[view.kind][index];
    if (!cell) return createElement("td", { class: "number none", title: total.why[index] }, "–", createElement("span", { class: "visually-hidden" }, total.why[index]));
    const [text, coverage, trend, values, isPartial] = cell;
    const shown = view.range ? values.slice(-view.range - 1) : values;
    return overviewCell(text, coverage, trend, shown.slice(Math.max(0, shown.findIndex((value) => value !== null))), isPartial);
  });
  return createElement("tr", { "data-total": total.team || "all" },
    createElement("th", { scope: "row" }, title, createElement("small", null, format.pluralize(total.services, "service"))), cells);
}

// The number, its history, and in words how it compares and how much of it is known. A colour only outside the usual range.
function overviewCell(text, coverage, trend, values, isPartial) {
  if (!coverage) return createElement("td", { class: "number none" }, "–", createElement("span", { class: "visually-hidden" }, "nothing to measure"));
  const [word] = trend.split(":");
  const short = ["better", "worse"].includes(word) ? createElement("span", { class: word }, word) : SHORT_TREND[trend] ?? trend.split(" ")[0];
  return createElement("td", { class: text === UNKNOWN ? "number unknown" : "number", title: trend },
    createElement("span", { class: "figure" }, values.some((value) => value !== null) ? sparkline(values) : "", createElement("span", null, text)),
    createElement("small", { class: isPartial ? "partial" : null }, short, " · ", coverage.replace(/ known.*$/, "")));
}

function renderOverviewControls() {
  const search = byId("overview-search");
  search.addEventListener("input", () => updateView({ search: search.value }));
  for (const button of document.querySelectorAll("[data-group]")) button.addEventListener("click", () => updateView({ measures: button.dataset.group, sort: "" }));
}
