// evidence: the records behind a number, or the reason why there are none.

const PAGE_SIZE = 100;
let focusedBefore = null; // the element that gets the focus when the dialog closes

function renderEvidence(view) {
  const dialog = byId("evidence");
  if (!view.evidence) {
    if (dialog.open) dialog.close();
    return;
  }
  const measure = measures.find((measure) => measure.name === view.evidence);
  const choices = visiblePeriods(view);
  const period = choices.find((period) => period.name === view.period) ?? latestPeriods(view)[0] ?? choices.at(-1);
  dialog.replaceChildren(...evidenceContent(measure, view, period, choices));
  if (dialog.open) {
    byId("evidence-period").focus();
  } else {
    focusedBefore = document.activeElement;
    dialog.showModal();
  }
}

function evidenceContent(measure, view, period, choices) {
  const items = period ? evidenceOf(measure, view, period) : [];
  const number = period ? numberOf(measure, view, period) : NO_ITEMS;
  const scope = [view.service, view.repository, environmentOf(measure, view)].filter(Boolean).join(" · ");
  return [
    createElement("header", null,
      createElement("div", null,
        createElement("h2", { id: "evidence-title", tabindex: "-1" }, measure.title), createElement("p", { class: "muted" }, scope)),
      createElement("button", { type: "button", class: "button", onclick: () => byId("evidence").close(), autofocus: true }, "Close")),
    createElement("p", null, measure.definition),
    createElement("div", { class: "filter" },
      createElement("label", { for: "evidence-period" }, "Period"), periodSelect(period, choices)),
    createElement("p", { class: "number-summary" },
      createElement("strong", null, number.text), ` · ${number.coverage}`),
    omittedNotice(items.length, number.items),
    ...createItemCharts(measure, items, { period, omitted: number.items - items.length, number }),
    items.length || !number.items ? evidenceList(measure, items) : null,
  ].filter(Boolean);
}

function periodSelect(selected, choices) {
  const select = createElement("select", { id: "evidence-period", onchange: (event) => updateView({ period: event.target.value }) });
  select.append(...[...choices].reverse().map((period) =>
    createElement("option", { value: period.name }, `${format.fullPeriod(period)}${soFar(period)}`)));
  select.value = selected?.name ?? "";
  return select;
}

function omittedNotice(included, total) {
  if (included >= total) return null;
  return createElement("p", { class: "notice" }, `${withSeparators(total - included)} of these ${format.pluralize(total, "item")} did not fit into this file. `,
    createElement("code", null, "telemetry report --evidence"), " lists every one.");
}

function evidenceList(measure, items) {
  if (!items.length) return createElement("p", { class: "muted" }, "There is no record of it in this period.");
  const unknown = items.filter((item) => item.value === null);
  const box = createElement("div"), onlyUnknown = createElement("input", { type: "checkbox", id: "only-unknown" });
  let limit = PAGE_SIZE;
  const render = () => {
    const matching = onlyUnknown.checked ? unknown : items;
    const more = `Show ${withSeparators(Math.min(PAGE_SIZE, matching.length - limit))} more`;
    const showMore = () => { limit += PAGE_SIZE; render(); };
    box.replaceChildren(evidenceTable(measure, matching.slice(0, limit)),
      matching.length > limit ? createElement("button", { type: "button", class: "button", onclick: showMore }, more) : "");
  };
  onlyUnknown.addEventListener("change", render);
  render();
  const filter = createElement("p", { class: "check" }, onlyUnknown,
    createElement("label", { for: "only-unknown" }, `Only what is unknown (${withSeparators(unknown.length)})`));
  return createElement("div", null, unknown.length ? filter : "", box);
}

function evidenceTable(measure, items) {
  const rows = items.map((item) => ({ cells: [
    itemCell(item.item),
    format.timestamp(item.at),
    item.repository,
    item.value === null ? createElement("strong", null, item.text) : item.text,
    item.why ?? "",
    createElement("code", null, item.path ?? item.recordId ?? "no record"),
  ] }));
  const header = ["item", "when", "repository", "value", "why", "record"];
  return createTable(`Records behind ${measure.title}`, header, rows, { hiddenCaption: true, numeric: [3] });
}

// The first ten digits of a commit's SHA are enough to find it; the record has the full SHA.
function itemCell(item) {
  return /^[0-9a-f]{40}$/.test(item) ? createElement("span", { title: item }, item.slice(0, 10)) : item;
}

function closeEvidence() {
  if (view.evidence) updateView({ evidence: "", period: "" });
  if (focusedBefore?.isConnected) focusedBefore.focus();
  focusedBefore = null;
}
