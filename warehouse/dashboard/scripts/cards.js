// cards: each measure with its latest number, its coverage, its history, and a link to its evidence.

const opened = new Set(); // measures whose table is open; it stays open when the filters change

function card(measure, view, large) {
  const [latest, before] = latestTwo(view);
  const now = latest ? numberOf(measure, view, latest) : { value: null, known: 0, items: 0 };
  const then = before ? numberOf(measure, view, before) : { value: null, known: 0, items: 0 };
  const id = `measure-${measure.name}`;
  return make("article", { class: large ? "card large" : "card", "aria-labelledby": id, "data-measure": measure.name },
    make("h3", { id, title: measure.definition }, measure.title),
    make("p", { class: now.value === null ? "value none" : "value" }, words.told(measure, now)),
    make("p", { class: "soft" }, `${statistic(measure)}${latest ? words.period(latest) : `no ${view.kind} is over yet`}`),
    trend(measure, now.value, then.value, before),
    coverage(now),
    make("div", { class: "chart", "data-chart": measure.name }),
    make("div", { class: "actions" }, behind(measure, view, latest)),
    values(measure, view),
  );
}

const statistic = (measure) => ({ median: "median of ", mean: "", per_day: "", sum: "" })[measure.statistic] ?? "";

function trend(measure, now, then, before) {
  const told = words.change(measure, now, then);
  if (!told) return make("p", { class: "trend" }, "nothing to compare");
  const judged = ["better", "worse"].find((word) => told.endsWith(word));
  const than = judged ? "than in" : told.startsWith("→") ? "as in" : "against";
  return make("p", { class: "trend" }, make("span", { class: judged ?? null }, told), ` ${than} ${words.period(before)}`);
}

// The bar repeats the text.
function coverage(number) {
  const bar = make("span", { class: "bar", "aria-hidden": "true" }, make("span"));
  bar.firstChild.style.width = `${number.items ? (number.known / number.items) * 100 : 0}%`;
  return make("p", { class: number.items && number.known < number.items ? "coverage partly" : "coverage" }, number.items ? bar : null, words.coverage(number));
}

function behind(measure, view, period) {
  if (!period) return null;
  const go = () => look({ evidence: measure.name, period: period.name });
  return make("button", { type: "button", class: "link", onclick: go, "data-evidence": measure.name },
    "Records behind it", make("span", { class: "unseen" }, `: ${measure.title}, ${words.periodInFull(period)}`));
}

function values(measure, view) {
  const rows = pointsOf(measure, view).reverse().map((point) => ({ cells: [
    inTwoLines(point.period),
    words.told(measure, point),
    words.coverage(point),
    evidenceLink(measure, point),
  ] }));
  const whole = make("details", { open: opened.has(measure.name) },
    make("summary", null, "As a table", make("span", { class: "unseen" }, `: ${measure.title}`)),
    table(`${measure.title} by ${view.kind}`, [view.kind, "value", "coverage", "records"], rows, { hidden: true, numeric: [1] }));
  whole.addEventListener("toggle", () => (whole.open ? opened.add(measure.name) : opened.delete(measure.name)));
  return whole;
}

function inTwoLines(period) {
  const [name, days = ""] = words.periodInFull(period).split(", ");
  return make("span", null, name, period.over ? "" : " (so far)", days ? make("small", null, days) : "");
}

function evidenceLink(measure, point) {
  if (!point.items) return "–";
  const go = () => look({ evidence: measure.name, period: point.period.name });
  return make("button", { type: "button", class: "link", onclick: go, "data-evidence": measure.name },
    "show", make("span", { class: "unseen" }, ` the records of ${words.periodInFull(point.period)}`));
}

function drawCards(view) {
  byId("place").textContent = placeInWords(view);
  for (const [id, dora] of [["dora-cards", true], ["beyond-cards", false]]) {
    const shown = isEmpty ? [] : measures.filter((measure) => measure.is_dora === dora);
    byId(id).replaceChildren(...shown.map((measure) => card(measure, view, dora)));
    byId(id).parentElement.hidden = !shown.length;
  }
  drawCharts();
}

function placeInWords(view) {
  const team = teams.get(view.service);
  const parts = [view.service, view.repository || "all its repositories", view.environment, team ? `team ${team}` : "", `by ${view.kind}`];
  return parts.filter(Boolean).join(" · ");
}

// Charts are as wide as their card: they are drawn after layout, and again when the width changes.
function drawCharts() {
  for (const box of document.querySelectorAll("[data-chart]")) {
    const measure = measures.find((each) => each.name === box.dataset.chart), points = pointsOf(measure, view);
    const large = Boolean(box.closest(".large"));
    const size = { width: Math.max(box.clientWidth, 160), height: large ? 150 : 64, axes: large };
    if (points.some((point) => point.value !== null)) box.replaceChildren(chart(measure, points, size));
    else box.replaceChildren(make("p", { class: "soft nothing" }, "Nothing is known of any period shown."));
  }
}
