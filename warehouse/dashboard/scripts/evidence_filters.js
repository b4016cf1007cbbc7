// evidence_filters: the items of a list that are selected, in their order. What is selected stands in the view.

const NO_EVIDENCE_FILTERS = { search: "", certainty: "", written: "", assisted: "", why: "", group: "", sort: "" };
const NO_REASON = "no reason";
const MAX_TEXT = 400; // characters of a text in the address, as of a text in the data
// For each filter its label, and its value of an item.
const EVIDENCE_FILTERS = {
  certainty: ["Certainty", (item) => (item.value === null ? "unknown" : item.isInferred ? "inferred" : "known")],
  written: ["Written by", (item) => item.writtenBy || "unknown"],
  assisted: ["Assisted", (item) => (item.assisted === null ? "unknown" : item.assisted ? "yes" : "no")],
  why: ["Reason", (item) => item.why ?? NO_REASON],
  group: ["Group", (item) => (item.group === null ? "unknown" : item.group || "none")],
};
// What a column is sorted by; a text or a number, and null comes last.
const SORTS = {
  item: (item) => item.item,
  when: (item) => item.at,
  repository: (item) => item.repository,
  value: (item) => item.value,
  why: (item) => item.why,
  written: (item) => EVIDENCE_FILTERS.written[1](item),
  record: (item) => item.path ?? item.recordId,
};
const NEWEST_FIRST = "-when";
const texts = new WeakMap(); // what is searched of an item

// The filters of a view, from an address that anybody may have written.
function evidenceFiltersOf(requested) {
  const filters = Object.fromEntries(Object.keys(NO_EVIDENCE_FILTERS).map((name) => [name, String(requested[name] ?? "").slice(0, MAX_TEXT)]));
  if (!Object.hasOwn(SORTS, filters.sort.replace("-", "")) || filters.sort === NEWEST_FIRST) filters.sort = "";
  return filters;
}

function isFiltered(view) {
  return Object.keys(NO_EVIDENCE_FILTERS).some((name) => name !== "sort" && view[name]);
}

// The items that the view selects, in its order.
function selectedItems(items, view) {
  const words = view.search.toLowerCase().split(/\s+/).filter(Boolean);
  const chosen = Object.entries(EVIDENCE_FILTERS).filter(([name]) => view[name]).map(([name, [, valueOf]]) => [view[name], valueOf]);
  const selected = items.filter((item) => chosen.every(([value, valueOf]) => valueOf(item) === value) && words.every((word) => searchText(item).includes(word)));
  return sortedItems(selected, view.sort || NEWEST_FIRST);
}

function searchText(item) {
  if (!texts.has(item)) {
    const parts = [item.item, item.repository, item.text, item.why, item.path ?? item.recordId, item.sha, item.number && `#${item.number}`, item.issue && `#${item.issue}`, item.run, item.tag, item.group];
    texts.set(item, parts.filter(Boolean).join("\n").toLowerCase());
  }
  return texts.get(item);
}

// What is missing comes last in both directions; equal items stay in their order, the newest first.
function sortedItems(items, sort) {
  const keyOf = SORTS[sort.replace("-", "")], sign = sort.startsWith("-") ? -1 : 1;
  const compare = (first, second) => (typeof first === "number" ? first - second : first < second ? -1 : first > second ? 1 : 0);
  return items.map((item) => [keyOf(item) ?? null, item]).sort(([first], [second]) => {
    if (first === null || second === null) return (first === null) - (second === null);
    return sign * compare(first, second);
  }).map(([, item]) => item);
}

// How many items have each value of a filter, the most frequent first.
function countsOf(items, name) {
  const counts = new Map(), valueOf = EVIDENCE_FILTERS[name][1];
  for (const item of items) counts.set(valueOf(item), (counts.get(valueOf(item)) ?? 0) + 1);
  return [...counts].sort((first, second) => second[1] - first[1] || byName(first[0], second[0]));
}

// The search field and a choice for each filter of which the items have several values, or that the view has chosen.
function createFilterControls(measure, items, view) {
  const search = createElement("input", {
    type: "search", id: "evidence-search", autocomplete: "off", spellcheck: "false", value: view.search,
    oninput: (event) => setView({ ...currentView(), search: event.target.value }), onchange: (event) => updateView({ search: event.target.value }),
  });
  const choices = Object.keys(EVIDENCE_FILTERS).map((name) => [name, countsOf(items, name)])
    .filter(([name, counts]) => (counts.length > 1 && (name !== "group" || measure.group)) || view[name]);
  return [labelled("Search", search),
    ...choices.map(([name, counts]) => labelled(name === "group" ? measure.group : EVIDENCE_FILTERS[name][0], filterSelect(name, counts, view)))];
}

function labelled(label, control) {
  return createElement("div", { class: "filter" }, createElement("label", { for: control.id }, label), control);
}

function filterSelect(name, counts, view) {
  const options = [["", "all"], ...counts.map(([value, count]) => [value, `${value} (${withSeparators(count)})`])];
  if (view[name] && !counts.some(([value]) => value === view[name])) options.push([view[name], `${view[name]} (0)`]);
  const select = createElement("select", { id: `evidence-${name}`, onchange: (event) => updateView({ [name]: event.target.value }) },
    options.map(([value, label]) => createElement("option", { value }, label)));
  select.value = view[name];
  return select;
}

// Why items are unknown: each reason with its count leads to its items.
function createReasons(items) {
  const unknown = items.filter((item) => item.value === null), reasons = countsOf(unknown, "why");
  if (!reasons.length) return null;
  return createElement("ul", { class: "reasons", "aria-label": "Why items are unknown" }, reasons.map(([why, count]) =>
    createElement("li", null, createElement("button", { type: "button", class: "link", onclick: () => updateView({ certainty: "unknown", why }) },
      `${withSeparators(count)} unknown: ${why}`))));
}
