// cards: each measure with its latest number, its coverage, its history, and a link to its evidence.

const STATISTIC_PREFIX = { median: "median of ", mean: "", per_day: "", sum: "" };
const openTables = new Set(); // measures whose table is open; it stays open when the filters change

function createCard(measure, view, isLarge) {
  const [latestPeriod] = latestPeriods(view);
  const latest = latestPeriod ? numberOf(measure, view, latestPeriod) : NO_ITEMS;
  const id = `measure-${measure.name}`;
  const periodText = latestPeriod ? `${format.period(latestPeriod)}${soFar(latestPeriod)}` : `no ${view.kind} is over yet`;
  return createElement("article", { class: isLarge ? "card large" : "card", "aria-labelledby": id, "data-measure": measure.name },
    createElement("h3", { id, title: measure.definition }, titleOf(measure, view)),
    createElement("p", { class: latest.value === null ? "value none" : "value" }, latest.text),
    createElement("p", { class: "muted" }, `${STATISTIC_PREFIX[measure.statistic] ?? ""}${periodText}`),
    trendElement(trendOf(measure, view)),
    coverageElement(latest, measure.name === "change_fail_rate" ? leftOutOf(view) : ""),
    targetElement(measure, view),
    createElement("div", { class: "chart", "data-chart": measure.name }),
    createElement("div", { class: "actions" }, evidenceButton(measure, latestPeriod)),
    valueTable(measure, view),
  );
}

// A word and a colour only outside the usual range.
function trendElement(trend) {
  const direction = ["better", "worse"].find((word) => trend.startsWith(`${word}: `));
  if (!direction) return createElement("p", { class: "trend" }, trend);
  return createElement("p", { class: "trend" }, createElement("span", { class: direction }, direction), trend.slice(direction.length));
}

// The bar repeats the text.
function coverageElement(number, leftOut) {
  const bar = createElement("span", { class: "bar", "aria-hidden": "true" }, createElement("span"));
  bar.firstChild.style.width = `${number.items ? (number.known / number.items) * 100 : 0}%`;
  const isPartial = number.items && number.known < number.items;
  return createElement("p", { class: isPartial ? "coverage partial" : "coverage" }, number.items ? bar : null, [number.coverage, leftOut].filter(Boolean).join("; "));
}

// Whether the target of services.toml is met by what is known, in words.
function targetElement(measure, view) {
  const text = targetOf(measure, view);
  return text ? createElement("p", { class: "target" }, text) : null;
}

function evidenceButton(measure, period) {
  if (!period) return null;
  const onclick = () => updateView({ evidence: measure.name, period: period.name });
  return createElement("button", { type: "button", class: "link", onclick, "data-evidence": measure.name },
    "Records behind it", createElement("span", { class: "visually-hidden" }, `: ${measure.title}, ${format.fullPeriod(period)}`));
}

// Filled when it is opened: rendering the rows of all measures again would be half of the work of a change of the filters.
function valueTable(measure, view) {
  const details = createElement("details", { open: openTables.has(measure.name) },
    createElement("summary", null, "As a table", createElement("span", { class: "visually-hidden" }, `: ${measure.title}`)));
  const fill = () => {
    if (details.open && details.childElementCount === 1) details.append(valueRows(measure, view), chartCsvButton(measure, view));
  };
  details.addEventListener("toggle", () => {
    if (details.open) openTables.add(measure.name);
    else openTables.delete(measure.name);
    fill();
  });
  fill();
  return details;
}

function valueRows(measure, view) {
  const points = pointsOf(measure, view).reverse(), percentiles = PERCENTILES.filter((name) => points.some((point) => point[name] !== null));
  const rows = points.map((point) => ({ cells: [
    periodCell(point.period),
    point.text,
    ...percentiles.map((name) => (point[name] === null ? "–" : axisText(measure, point[name]))),
    point.coverage,
    evidenceCell(measure, point),
  ] }));
  const header = [view.kind, "value", ...percentiles, "coverage", "records"];
  return createTable(`${measure.title} by ${view.kind}`, header, rows, { hiddenCaption: true, numeric: [1, ...percentiles.map((_, index) => index + 2)] });
}

// The period's name, and its dates on a second line.
function periodCell(period) {
  const dates = format.dates(period);
  return createElement("span", null, format.period(period), soFar(period), dates ? createElement("small", null, dates) : "");
}

function evidenceCell(measure, point) {
  if (!point.items) return "–";
  const onclick = () => updateView({ evidence: measure.name, period: point.period.name });
  return createElement("button", { type: "button", class: "link", onclick, "data-evidence": measure.name },
    "show", createElement("span", { class: "visually-hidden" }, ` the records of ${format.fullPeriod(point.period)}`));
}

function renderCards(view) {
  const isShown = Boolean(view.service);
  for (const id of ["service", "dora", "delivery"]) byId(id).hidden = !isShown;
  if (!isShown) return;
  renderReasons(view);
  byId("scope").textContent = scopeText(view, false);
  byId("service-title").replaceChildren(isolated(view.service));
  byId("back").replaceChildren(services.size > 1 ? createElement("a", { href: linkTo({}) }, "All services")
    : mainPage ? createElement("a", { href: `${mainPage}${linkTo({})}` }, "All services") : "");
  for (const [id, isDora] of [["dora-cards", true], ["delivery-cards", false]]) {
    const group = isEmpty ? [] : measures.filter((measure) => measure.is_dora === isDora && (isDora || hasNumbers(measure, view)));
    byId(id).replaceChildren(...group.map((measure) => createCard(measure, view, isDora)));
    byId(id).parentElement.hidden = !group.length;
  }
  byId("stages").replaceChildren(createStages(view, latestPeriods(view)[0]) ?? "");
  renderCharts();
}

function scopeText(view, withService = true) {
  if (!view.service) return ["all services", view.team ? `team ${view.team}` : "", `by ${view.kind}`].filter(Boolean).join(" · ");
  const team = teams.get(view.service);
  const parts = [withService ? view.service : "", view.repository || "all its repositories", view.environment || (environmentsOf(view.service).length ? "all environments" : ""), team ? `team ${team}` : "", `by ${view.kind}`];
  return parts.filter(Boolean).join(" · ");
}

// Charts are as wide as their card: they are drawn after layout, and again when the width changes. All widths are read before the
// first chart is drawn: each reading after a change would compute the layout of the page again.
function renderCharts() {
  const boxes = [...document.querySelectorAll("[data-chart]")].map((box) => ({ box, width: Math.max(box.clientWidth, 160) }));
  for (const { box, width } of boxes) {
    const measure = measures.find((measure) => measure.name === box.dataset.chart), points = pointsOf(measure, view);
    const isLarge = Boolean(box.closest(".large"));
    const options = { width, height: isLarge ? 150 : 64, axes: isLarge, ...markingsOf(measure, view) };
    if (points.some((point) => point.value !== null)) box.replaceChildren(createChart(measure, points, options));
    else box.replaceChildren(createElement("p", { class: "muted empty-chart" }, "Nothing is known of any period shown."));
  }
}
