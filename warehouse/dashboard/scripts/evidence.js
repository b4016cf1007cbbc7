// evidence: the records behind a number, or the reason why there are none.

const PAGE = 100;
let asker = null; // the element that gets the focus back

function drawEvidence(view) {
  const dialog = byId("evidence");
  if (!view.evidence) return dialog.open && dialog.close();
  const measure = measures.find((each) => each.name === view.evidence);
  const shown = shownPeriods(view);
  const period = shown.find((each) => each.name === view.period) ?? latestTwo(view)[0] ?? shown.at(-1);
  const fresh = !dialog.open;
  dialog.replaceChildren(...content(measure, view, period, shown));
  if (fresh) {
    asker = document.activeElement;
    dialog.showModal();
  }
  if (!fresh) byId("evidence-period").focus();
  return undefined;
}

function content(measure, view, period, shown) {
  const found = period ? evidenceOf(measure, view, period) : [];
  const number = period ? numberOf(measure, view, period) : { value: null, known: 0, items: 0 };
  const where = [view.service, view.repository, environmentOf(measure, view)].filter(Boolean).join(" · ");
  return [
    make("header", null,
      make("div", null, make("h2", { id: "evidence-title", tabindex: "-1" }, measure.title), make("p", { class: "soft" }, where)),
      make("button", { type: "button", class: "quiet", onclick: () => byId("evidence").close(), autofocus: true }, "Close")),
    make("p", null, measure.definition),
    make("div", { class: "filter" }, make("label", { for: "evidence-period" }, "Period"), periodChooser(period, shown)),
    make("p", { class: "told" }, make("strong", null, words.told(measure, number)), ` · ${words.coverage(number)}`),
    leftOut(found.length, number.items),
    found.length || !number.items ? list(measure, found) : null,
  ].filter(Boolean);
}

function periodChooser(period, shown) {
  const choose = (event) => look({ period: event.target.value });
  const select = make("select", { id: "evidence-period", onchange: choose });
  select.append(...[...shown].reverse().map((each) => make("option", { value: each.name }, `${words.periodInFull(each)}${each.over ? "" : " (so far)"}`)));
  select.value = period?.name ?? "";
  return select;
}

function leftOut(shown, all) {
  if (shown >= all) return null;
  return make("p", { class: "notice" }, `${grouped(all - shown)} of these ${words.counted(all, "item")} had no room in this file. `,
    make("code", null, "telemetry report --evidence"), " lists every one.");
}

function list(measure, found) {
  if (!found.length) return make("p", { class: "soft" }, "There is no record of it in this period.");
  const box = make("div"), only = make("input", { type: "checkbox", id: "only-unknown" });
  let most = PAGE;
  const draw = () => {
    const wanted = only.checked ? found.filter((each) => each.value === null) : found;
    const more = make("button", { type: "button", class: "quiet", onclick: () => { most += PAGE; draw(); } }, `Show ${grouped(Math.min(PAGE, wanted.length - most))} more`);
    box.replaceChildren(items(measure, wanted.slice(0, most)), wanted.length > most ? more : "");
  };
  only.addEventListener("change", draw);
  draw();
  const unknown = found.filter((each) => each.value === null).length;
  return make("div", null, unknown ? make("p", { class: "check" }, only, make("label", { for: "only-unknown" }, `Only what is unknown (${grouped(unknown)})`)) : "", box);
}

function items(measure, shown) {
  const rows = shown.map((each) => ({ cells: [
    named(each.item),
    words.moment(each.at),
    each.repository,
    each.value === null ? make("strong", null, UNKNOWN) : words.ofItem(measure, each.value),
    each.why ?? "",
    make("code", null, each.path ?? each.recordId ?? "no record"),
  ] }));
  return table(`Records behind ${measure.title}`, ["item", "when", "repository", "value", "why", "record"], rows, { hidden: true, numeric: [3] });
}

// The first ten digits of a commit's SHA are enough to find it; the record has the full SHA.
function named(item) {
  return /^[0-9a-f]{40}$/.test(item) ? make("span", { title: item }, item.slice(0, 10)) : item;
}

function endEvidence() {
  if (view.evidence) look({ evidence: "", period: "" });
  if (asker?.isConnected) asker.focus();
  asker = null;
}
