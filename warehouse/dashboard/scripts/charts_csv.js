// charts_csv: a download of what a chart or list shows, as RFC 4180 defines it, made in the page: no request is needed.

const BEFORE_FORMULA = /^[\s'"`´‘’“”«»\uFFFD]+/u;
const BASE_UNITS = { duration: "ms", share: "share", per_day: "per_day", count: "count" };

// Text that a spreadsheet could take for a formula begins with an apostrophe, as core/sanitize.py has it.
function csvCell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = String(value), first = [...text.replace(BEFORE_FORMULA, "").normalize("NFKC")][0] ?? "";
  const safe = /^[\t\r\n]/.test(text) || (first && "=+-@−".includes(first)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

// A name for every file system: the letters and digits of ASCII, of limited length.
function fileName(parts, extension) {
  return `${parts.filter(Boolean).map((part) => part.replace(/[^A-Za-z0-9._]+/g, "-").slice(0, 60)).join("-").replace(/^[-.]+/, "")}.${extension}`;
}

function downloadCsv(name, header, rows) {
  const text = [header, ...rows].map((row) => `${row.map(csvCell).join(",")}\r\n`).join("");
  const href = URL.createObjectURL(new Blob(["\uFEFF", text], { type: "text/csv;charset=utf-8" }));
  createElement("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}

// tableOf returns a header and rows; it is called at the click.
function createCsvButton(about, name, tableOf) {
  const onclick = () => downloadCsv(name, ...tableOf());
  return createElement("button", { type: "button", class: "link csv", onclick }, "Download CSV", createElement("span", { class: "visually-hidden" }, `: ${about}`));
}

function chartCsvButton(measure, view) {
  const unit = BASE_UNITS[measure.unit], day = (ms) => new Date(ms).toISOString().slice(0, 10);
  const header = ["period", "first_day", "last_day", "time_zone", "is_complete", `value_${unit}`, "known", "inferred", "items", `p75_${unit}`, `p90_${unit}`, `p95_${unit}`];
  const rows = () => pointsOf(measure, view).map(({ period, value, known, inferred, items, p75, p90, p95 }) =>
    [period.name, day(period.firstDay), day(period.lastDay), data.time_zone, period.isComplete, value, known, inferred, items, p75, p90, p95]);
  const name = fileName([view.service, view.repository, environmentOf(measure, view), measure.name, view.kind], "csv");
  return createCsvButton(`${measure.title} by ${view.kind}`, name, () => [header, rows()]);
}
