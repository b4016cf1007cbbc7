// evidence: the records behind a number, or the reason why there are none. The chart shows the items that are selected.

let focusedBefore = null; // the element that gets the focus when the dialog closes
let list = null; // what is listed: its key, and how to show what the view selects of it

const currentView = () => view;
// What decides which items are listed; the filters only select some of them.
const listKey = (view) => keyOf(view.evidence, view.period, view.service, view.repository, view.environment, view.kind, view.range);

function renderEvidence(view) {
  const dialog = byId("evidence");
  if (!view.evidence) {
    if (dialog.open) dialog.close();
    return;
  }
  if (dialog.open && list?.key === listKey(view)) {
    list.show(view);
    return;
  }
  const measure = measures.find((measure) => measure.name === view.evidence);
  const choices = visiblePeriods(view);
  const period = choices.find((period) => period.name === view.period) ?? latestPeriods(view)[0] ?? choices.at(-1);
  const wasOpen = dialog.open;
  list = { key: listKey(view), show: () => {} };
  dialog.replaceChildren(...evidenceContent(measure, view, period, choices));
  if (wasOpen) {
    byId("evidence-period").focus();
  } else {
    focusedBefore = document.activeElement;
    dialog.showModal();
  }
  list.show(view); // the chart is as wide as the open dialog
}

function evidenceContent(measure, view, period, choices) {
  const items = period ? evidenceOf(measure, view, period) : [];
  const number = period ? numberOf(measure, view, period) : NO_ITEMS;
  const scope = [view.service, view.repository, environmentOf(measure, view)].filter(Boolean).join(" · ");
  return [
    createElement("header", null,
      createElement("div", null,
        createElement("h2", { id: "evidence-title", tabindex: "-1" }, titleOf(measure, view)), createElement("p", { class: "muted" }, isolated(scope))),
      createElement("button", { type: "button", class: "button", onclick: () => byId("evidence").close(), autofocus: true }, "Close")),
    createElement("p", { class: "visually-hidden", role: "status", id: "evidence-announcement" }),
    createElement("p", null, measure.definition),
    createElement("p", { class: "number-summary" }, createElement("strong", null, number.text), ` · ${number.coverage}`),
    period ? omittedEvidence(view, period, number.items - items.length) : null,
    createElement("div", { class: "filters-row" },
      labelled("Period", periodSelect(period, choices)), items.length ? createFilterControls(measure, items, view) : ""),
    items.length || !number.items ? evidenceList(measure, view, period, items, number) : null,
  ].filter(Boolean);
}

function periodSelect(selected, choices) {
  const select = createElement("select", { id: "evidence-period", onchange: (event) => updateView({ period: event.target.value }) });
  select.append(...[...choices].reverse().map((period) =>
    createElement("option", { value: period.name }, `${format.fullPeriod(period)}${soFar(period)}`)));
  select.value = selected?.name ?? "";
  return select;
}

function evidenceList(measure, view, period, items, number) {
  if (!items.length) return createElement("p", { class: "muted" }, "There is no record of it in this period.");
  const [table, picture] = [createElement("div"), createElement("div", { class: "selected-chart" })];
  const count = createElement("p", { role: "status", id: "evidence-count" });
  const reset = createElement("button", { type: "button", class: "link", onclick: () => updateView({ ...NO_EVIDENCE_FILTERS, sort: currentView().sort }) }, "Show all items");
  let selected = items, frame = 0;
  list.show = (view) => {
    selected = selectedItems(items, view);
    updateControls(view);
    count.textContent = selected.length === items.length ? format.pluralize(items.length, "item") : `${withSeparators(selected.length)} of ${format.pluralize(items.length, "item")}`;
    reset.hidden = !isFiltered(view);
    renderItems(table, measure, items, selected, view);
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => picture.replaceChildren(
      ...createItemCharts(measure, selected, { period, omitted: number.items - items.length, number: isFiltered(view) ? null : number })));
  };
  return createElement("div", null, createReasons(items) ?? "", picture,
    createElement("div", { class: "list-actions" }, count, reset, itemsCsvButton(measure, view, period, () => selected)), table);
}

// The controls stay the same elements, so that the focus is kept; what another part of the page selects is shown in them.
function updateControls(view) {
  for (const name of Object.keys(NO_EVIDENCE_FILTERS)) {
    const control = byId(`evidence-${name}`), value = view[name];
    if (control && control !== document.activeElement && control.value !== value) control.value = value;
  }
}

function closeEvidence() {
  if (view.evidence) updateView({ evidence: "", period: "", ...NO_EVIDENCE_FILTERS });
  if (focusedBefore?.isConnected) focusedBefore.focus();
  focusedBefore = null;
}
