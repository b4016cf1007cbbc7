// attention: what is printed of many services: the totals and what needs attention, on one page. A sentence says that the list itself is
// not printed. Of few services the list is printed.

const PRINTED_SERVICES = 20; // their rows fit on a page, below the totals
const PRINTED_TOTALS = 13; // as in print.css
const PRINTED_LINES = 30; // of totals, and of numbers that need attention
const WIDE = 7; // columns: as many as fit with their histories

// All numbers of the services, and those that are worse than usual or miss their target: those that do both first.
function needsAttention(found, columns, view, latest) {
  const numbers = found.flatMap((service) => {
    const scope = scopeOf(service, view);
    return columns.map((measure) => ({ service, measure, number: numberOf(measure, scope, latest), trend: trendOf(measure, scope), target: targetOf(measure, scope) }));
  }).map((entry) => ({ ...entry, isWorse: entry.trend.startsWith("worse: "), isMissed: entry.target.includes(": not met") }));
  const wanted = numbers.filter(({ isWorse, isMissed }) => isWorse || isMissed);
  return { numbers, wanted: wanted.sort((first, second) => second.isWorse + second.isMissed - first.isWorse - first.isMissed) };
}

function attentionSummary(numbers, latest) {
  const count = (matches) => numbers.filter(matches).length;
  const compared = count(({ trend }) => !["too few", "so far"].includes(SHORT_TREND[trend]));
  const [worse, better] = [count(({ isWorse }) => isWorse), count(({ trend }) => trend.startsWith("better: "))];
  const withTarget = count(({ target }) => target);
  return [
    `${format.fullPeriod(latest)}${soFar(latest)}: ${format.pluralize(compared, "number")} of services can be compared with the periods before.`,
    `Worse than usual: ${withSeparators(worse)}. Better: ${withSeparators(better)}.${worse + better ? " Some are so by chance alone." : ""}`,
    withTarget ? `Targets missed: ${withSeparators(count(({ isMissed }) => isMissed))} of ${withSeparators(withTarget)}.` : "",
  ].filter(Boolean).join(" ");
}

function attentionRow({ service, measure, number, trend, target, isWorse }) {
  return { cells: [
    createElement("span", { class: "one-line" }, isolated(service)), measure.title, number.text,
    [isWorse || !target ? trend : "", target].filter(Boolean).join("; "), number.coverage,
  ] };
}

// Of many columns, those without a number in any printed row are not printed: the table would be wider than the page.
function leaveOutColumns(table, isMany) {
  const cells = [...table.rows].map((row) => [...row.cells]);
  for (const cell of cells.flat()) cell.classList.remove("unprinted");
  table.classList.toggle("wide", cells[0].length > WIDE);
  if (cells[0].length <= WIDE) return 0;
  const printed = isMany ? [...table.querySelectorAll(".totals tr")] : [...table.tBodies].flatMap((body) => [...body.rows]);
  const empty = cells[0].map((_, column) => column).filter((column) => column && printed.every((row) => row.cells[column]?.classList.contains("none")));
  for (const column of empty) for (const row of cells) row[column]?.classList.add("unprinted");
  return empty.length;
}

function renderAttention(view) {
  if (byId("overview").hidden) return;
  const [latest] = latestPeriods(view), found = servicesShown(view, latest), columns = overviewColumns(view);
  const isMany = found.length > PRINTED_SERVICES && Boolean(latest);
  byId("overview").classList.toggle("many", isMany);
  if (!isMany) appendRest();
  const empty = leaveOutColumns(byId("overview-table").querySelector("table"), isMany);
  byId("attention").replaceChildren(...(isMany ? attentionOf(found, columns, view, latest) : []),
    empty ? createElement("p", null, `${format.pluralize(empty, "measure")} without a number in any row ${empty === 1 ? "is" : "are"} not printed.`) : "");
}

function attentionOf(found, columns, view, latest) {
  const { numbers, wanted } = needsAttention(found, columns, view, latest);
  const totals = byId("overview-table").querySelectorAll(".totals tr").length;
  const shown = wanted.slice(0, PRINTED_LINES - Math.min(totals, PRINTED_TOTALS));
  const notes = [
    shown.length < wanted.length ? `${withSeparators(wanted.length - shown.length)} more are not printed.` : "",
    totals > PRINTED_TOTALS ? `${withSeparators(totals - PRINTED_TOTALS)} more rows of totals are not printed.` : "",
    `The list of ${format.pluralize(found.length, "service")} is not printed: a team or a search selects up to ${PRINTED_SERVICES} that are.`,
  ].filter(Boolean);
  return [createElement("h3", null, "What needs attention"), createElement("p", null, attentionSummary(numbers, latest)),
    shown.length ? createTable("What needs attention", ["service", "measure", "number", "compared", "coverage"], shown.map(attentionRow), { hiddenCaption: true, numeric: [2] }) : "",
    createElement("p", null, notes.join(" "))];
}

addEventListener("beforeprint", () => renderAttention(view));
