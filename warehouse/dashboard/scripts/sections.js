// sections: the parts of the page that do not depend on the filters, and visible notices of missing data.

const STATISTICS = { median: "The median counts.", mean: "The mean counts.", per_day: "Counted per day.", sum: "All are counted." };
const code = (text) => createElement("code", null, text);

function renderSource() {
  const records = Object.values(data.records).reduce((sum, count) => sum + count, 0);
  byId("source").textContent = `${format.pluralize(records, "record")} of ${data.source} · newest ${format.timestamp(data.newest_at)} · generated ${format.timestamp(data.generated_at)}`;
}

function renderNotices() {
  const { missing, rejects } = data.totals;
  const notices = [
    [missing, "#gaps", `${format.pluralize(missing, "delivery")} missing`],
    [rejects, "#rejects", `${format.pluralize(rejects, "file")} ${rejects === 1 ? "is no record" : "are no records"}`],
    [!data.days.length && !isEmpty, "#gaps", "no ledger: what is missing is not known"],
    ...omittedTexts(data.omitted).map((text) => [true, "#gaps", `${text} ${pages.size ? "on other pages" : "omitted: size limit"}`]),
  ].filter(([applies]) => applies);
  byId("notices").replaceChildren(...notices.map(([, target, label]) => createElement("a", { href: target }, label)));
  byId("notices").hidden = !notices.length;
}

function renderEmptyState() {
  byId("empty").hidden = !isEmpty;
  byId("filters").hidden = isEmpty || !services.size;
  if (!isEmpty) return;
  const steps = data.next_steps.map(([question, command, effect]) =>
    createElement("li", null, createElement("strong", null, question), " ", code(command), ` ${effect}.`));
  byId("empty").append(
    createElement("p", null, `${data.headline} As soon as there are, this page shows their numbers.`),
    createElement("ul", { class: "steps" }, steps));
}

// Why a service has no numbers of something, with what to do next, and the notes of services.toml.
function renderReasons(view) {
  const found = view.service ? data.reasons.filter(([names]) => names.includes(view.service)) : [];
  byId("reasons").replaceChildren(...(found.length ? [
    createElement("h3", null, "Why is this empty?"),
    createElement("dl", { class: "why-empty" }, found.flatMap(([, about, cause, fix]) =>
      [createElement("dt", null, about), createElement("dd", null, ...withCode(cause), createElement("span", null, ...withCode(fix)))])),
  ] : []));
  const notes = data.annotations.filter(([service]) => !service || service === view.service).reverse();
  byId("notes").replaceChildren(...(notes.length ? [
    createElement("h3", null, "Notes"),
    createElement("ul", { class: "annotations" }, notes.map(([, , text, day]) =>
      createElement("li", null, createElement("time", { datetime: day }, format.days.format(Date.parse(day))), " ", isolated(text)))),
  ] : []));
}

// The deployments that are in no number, and the environments: of the service, or of all services.
function renderNotCounted(view) {
  const [deployments, environments] = data.not_counted[view.service] ?? data.not_counted[""] ?? [[], []];
  const titles = [[deployments, "Deployments in no number, and others that may deploy nothing"], [environments, "Environments"]];
  byId("not-counted").replaceChildren(...titles.filter(([lines]) => lines.length).flatMap(([lines, title]) => [
    createElement("h3", null, title), createElement("ul", null, lines.map((line) => createElement("li", null, ...withCode(line)))),
  ]));
}

function renderGaps() {
  const { days, missing, totals } = data;
  const header = ["delivery", "day (UTC)", "webhook", "event", "why"];
  const rows = missing.map(([day, webhook, id, ...rest]) => ({ cells: [code(id), day, webhook, ...rest] }));
  byId("gaps-content").replaceChildren(
    data.unknown.length ? createElement("ul", { id: "unknown" }, data.unknown.map((line) => createElement("li", null, ...withCode(line)))) : "",
    createElement("p", null, ...ledgerText()),
    missing.length ? createTable("Missing deliveries", header, rows) : "",
    totals.missing > missing.length ? createElement("p", { class: "notice" },
      `The latest ${withSeparators(missing.length)} of ${withSeparators(totals.missing)} are listed: `, code("telemetry ledger --missing"), " lists every one.") : "",
    days.length ? ledgerTable(days) : "",
    omittedOverall(),
  );
}

// The text between backticks becomes code.
function withCode(line) {
  return line.split("`").map((part, index) => (index % 2 ? code(part) : part));
}

function ledgerText() {
  const { days } = data;
  if (!days.length) return ["There is no ledger, so it is not known which deliveries of GitHub are missing here. ", code("telemetry job ledger"), " compares the two."];
  const sent = days.reduce((sum, day) => sum + day[2], 0);
  return [`GitHub sent ${format.pluralize(sent, "delivery")} from ${days[0][0]} to ${days.at(-1)[0]} (days in UTC); ${withSeparators(data.totals.missing)} of them are missing, and in no number on this page.`];
}

function ledgerTable(days) {
  const rows = [...days].reverse().map((day) => ({
    attributes: { class: day.at(-1) ? "has-missing" : null },
    cells: [day[0], day[1], ...day.slice(2).map(withSeparators)],
  }));
  const header = ["day (UTC)", "webhook", "sent", "accepted", "stored", "recovered", "missing"];
  return createElement("details", null, createElement("summary", null, "The ledger, day by day"),
    createTable("The ledger, day by day", header, rows, { hiddenCaption: true, numeric: [2, 3, 4, 5, 6] }));
}

function renderRejects() {
  const { rejects, totals: { rejects: total } } = data;
  const rest = rejects.length < total ? ` The first ${withSeparators(rejects.length)}:` : "";
  const text = total
    ? `${format.pluralize(total, "file")} could not be read as a record, and ${total === 1 ? "is" : "are"} in no number on this page.${rest}`
    : "Every file that was merged is a record.";
  const rows = rejects.map(([path, reason]) => ({ cells: [code(path), reason] }));
  byId("rejects-content").replaceChildren(createElement("p", null, text),
    rejects.length ? createTable("Files that are no records", ["path", "why"], rows, { hiddenCaption: true }) : "");
}

function renderDefinitions() {
  byId("definitions-list").replaceChildren(...measures.flatMap((measure) => [
    createElement("dt", null, measure.title),
    createElement("dd", null, `${measure.definition} ${STATISTICS[measure.statistic] ?? ""}`,
      measure.source ? createElement("span", { class: "muted" }, ` Source: ${measure.source}`) : ""),
  ]));
}
