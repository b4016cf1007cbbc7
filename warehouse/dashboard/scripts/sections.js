// sections: the parts of the page that do not depend on the filters, and visible notices of missing data.

const STATISTICS = { median: "The median counts.", mean: "The mean counts.", per_day: "Counted per day.", sum: "All are counted." };

function drawMade() {
  const records = Object.values(data.records).reduce((sum, each) => sum + each, 0);
  byId("made").textContent = `${words.counted(records, "record")} of ${data.source} · newest ${words.moment(data.newest)} · made ${words.moment(data.made)}`;
}

function drawNotices() {
  const told = [
    [data.of.missing, "#gaps", `${words.counted(data.of.missing, "delivery")} missing`],
    [data.of.rejects, "#rejects", `${words.counted(data.of.rejects, "file")} ${data.of.rejects === 1 ? "is no record" : "are no records"}`],
    [!data.days.length && !isEmpty, "#gaps", "no ledger: what is missing is not known"],
    ...leftOutInWords().map((what) => [true, "#gaps", `${what} left out: no room`]),
  ].filter(([wanted]) => wanted);
  byId("notices").replaceChildren(...told.map(([, target, label]) => make("a", { href: target }, label)));
  byId("notices").hidden = !told.length;
}

function drawEmpty() {
  byId("empty").hidden = !isEmpty;
  for (const id of ["filters", "services", "place"]) byId(id).hidden = isEmpty || !places.size;
  if (!isEmpty) return;
  const steps = data.next_steps.map(([question, command, what]) => make("li", null, make("strong", null, question), " ", make("code", null, command), ` ${what}.`));
  byId("empty").append(make("p", null, `There are no records yet in ${data.source}. As soon as there are, this page shows what they tell.`), make("ul", { class: "steps" }, steps));
}

// Every service and environment, in the latest complete period.
function drawServices(view) {
  const [latest] = latestTwo(view);
  const five = measures.filter((measure) => measure.is_dora);
  const told = servicesOf(view.team).flatMap((service) => (environmentsOf(service).length ? environmentsOf(service) : [""]).map((environment) => [service, environment]));
  const rows = told.map(([service, environment]) => {
    const at = { ...view, service, environment, repository: "" };
    const cells = five.map((measure) => numberCell(measure, latest ? numberOf(measure, at, latest) : null));
    const current = service === view.service && environment === view.environment;
    return { attributes: { "aria-current": current ? "true" : null }, cells: [serviceLink(service, environment), environment || "–", ...cells] };
  });
  const caption = `Every service${latest ? ` in ${words.periodInFull(latest)}` : ""}`;
  byId("services-table").replaceChildren(table(caption, ["service", "environment", ...five.map((measure) => measure.title)], rows, { numeric: five.map((_, place) => place + 2) }));
}

function serviceLink(service, environment) {
  const go = () => { look({ service, environment, repository: "" }); byId("dora").scrollIntoView(); byId("main").focus({ preventScroll: true }); };
  return make("button", { type: "button", class: "link", onclick: go }, service, make("span", { class: "unseen" }, ` ${environment}: show it above`));
}

function numberCell(measure, number) {
  return make("span", null, words.told(measure, number), make("small", null, words.coverage(number)));
}

function drawGaps() {
  const box = byId("gaps-content"), { days, missing, of } = data;
  const lines = [make("p", null, ...ledgerInWords())];
  if (missing.length) lines.push(table("Missing deliveries", ["delivery", "day", "webhook", "event", "why"], missing.map(([day, webhook, id, ...rest]) => ({ cells: [make("code", null, id), day, webhook, ...rest] }))));
  if (of.missing > missing.length) lines.push(make("p", { class: "notice" }, `The latest ${grouped(missing.length)} of ${grouped(of.missing)} are listed: `, make("code", null, "telemetry ledger --missing"), " lists every one."));
  if (days.length) lines.push(ledgerTable(days));
  const what = leftOutInWords();
  if (what.length) lines.push(make("p", { class: "notice" }, `To stay below 2 MB, this file leaves out ${what.join(", and ")}: the oldest first, and of repositories before whole services. `, make("code", null, "telemetry report"), " leaves out nothing."));
  box.replaceChildren(...lines);
}

// The data omitted because of the size limit.
function leftOutInWords() {
  const { numbers, services, evidence: items } = data.left_out;
  const told = [[numbers, "number"], [services, "service"], [items, "item of evidence"]];
  return told.filter(([many]) => many).map(([many, thing]) => words.counted(many, thing).replace(/item of evidences/, "items of evidence"));
}

function ledgerInWords() {
  if (!data.days.length) return ["There is no ledger, so it is not known what GitHub sent and is not here. ", make("code", null, "telemetry job ledger"), " compares the two."];
  const sent = data.days.reduce((sum, day) => sum + day[2], 0);
  return [`GitHub sent ${words.counted(sent, "delivery")} from ${data.days[0][0]} to ${data.days.at(-1)[0]}; ${grouped(data.of.missing)} of them are missing, and in no number on this page.`];
}

function ledgerTable(days) {
  const rows = [...days].reverse().map((day) => ({ attributes: { class: day.at(-1) ? "lossy" : null }, cells: [day[0], day[1], ...day.slice(2).map(grouped)] }));
  const whole = table("The ledger, day by day", ["day", "webhook", "sent", "accepted", "stored", "recovered", "missing"], rows, { hidden: true, numeric: [2, 3, 4, 5, 6] });
  return make("details", null, make("summary", null, "The ledger, day by day"), whole);
}

function drawRejects() {
  const all = data.of.rejects, { rejects } = data;
  const told = all ? `${words.counted(all, "file")} could not be read as a record, and ${all === 1 ? "is" : "are"} in no number on this page.${rejects.length < all ? ` The first ${grouped(rejects.length)}:` : ""}` : "Every file that was merged is a record.";
  const listed = table("Files that are no records", ["path", "why"], rejects.map(([path, reason]) => ({ cells: [make("code", null, path), reason] })), { hidden: true });
  byId("rejects-content").replaceChildren(make("p", null, told), rejects.length ? listed : "");
}

function drawDefinitions() {
  const told = measures.flatMap((measure) => [
    make("dt", null, measure.title),
    make("dd", null, `${measure.definition} ${STATISTICS[measure.statistic] ?? ""}`, measure.source ? make("span", { class: "soft" }, ` Source: ${measure.source}`) : ""),
  ]);
  byId("definitions-list").replaceChildren(...told);
}
