// evidence_list: the items behind a number as a table that is rendered in portions, and as CSV.

const PORTION = 50; // rows: as many as are laid out at once when a filter changes
const COLUMNS = { item: "item", value: "value", when: "when", why: "why", written: "written by", repository: "repository", links: "leads to", record: "record" };

// Fills a box with the selected items. The rows of the next portion are added below, so that what is read stays where it is.
function renderItems(box, measure, items, selected, view) {
  const columns = columnsOf(items), body = createElement("tbody");
  const more = createElement("button", { type: "button", class: "button", onclick: () => {
    const first = addRows();
    first.tabIndex = -1;
    first.focus();
  } });
  const addRows = () => {
    const start = body.childElementCount, rows = selected.slice(start, start + PORTION).map((item) => createRow(measure, item, columns));
    body.append(...rows);
    const rest = selected.length - body.childElementCount;
    more.textContent = `Show ${withSeparators(Math.min(PORTION, rest))} more of ${withSeparators(rest)}`;
    more.hidden = !rest;
    return rows[0];
  };
  addRows();
  const table = createElement("table", null,
    createElement("caption", { class: "visually-hidden" }, `Records behind ${measure.title}`),
    createElement("thead", null, createElement("tr", null, columns.map((name) => headerCell(name, view)))), body);
  const focused = box.contains(document.activeElement) ? document.activeElement.dataset.sort : null;
  const scroll = createElement("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `Records behind ${measure.title}` }, table);
  box.replaceChildren(selected.length ? scroll : createElement("p", { class: "muted" }, "No item is selected."), more);
  if (focused) box.querySelector(`[data-sort="${focused}"]`)?.focus();
}

// Columns in which the items differ in nothing, or have nothing, are left out.
function columnsOf(items) {
  const isNeeded = {
    repository: items.some((item) => item.repository !== items[0].repository),
    why: items.some((item) => item.why), written: items.some((item) => item.writtenBy), links: items.some((item) => linksOf(item).length > 1),
  };
  return Object.keys(COLUMNS).filter((name) => isNeeded[name] ?? true);
}

// A click sorts by the column, another one the other way round; times begin with the newest.
function headerCell(name, view) {
  if (!Object.hasOwn(SORTS, name)) return createElement("th", { scope: "col" }, createElement("span", { class: "sort" }, COLUMNS[name]));
  const sort = view.sort || NEWEST_FIRST, isSorted = sort.replace("-", "") === name, isDown = sort.startsWith("-");
  const next = isSorted ? (isDown ? name : `-${name}`) : name === "when" ? NEWEST_FIRST : name;
  const direction = isSorted ? (isDown ? "descending" : "ascending") : null;
  return createElement("th", { scope: "col", class: name === "value" ? "number" : null, "aria-sort": direction },
    createElement("button", { type: "button", class: "sort", "data-sort": name, onclick: () => updateView({ sort: next === NEWEST_FIRST ? "" : next }) }, COLUMNS[name],
      createElement("span", { "aria-hidden": "true" }, isSorted ? (isDown ? " ↓" : " ↑") : "")));
}

function createRow(measure, item, columns) {
  const links = linksOf(item), path = item.path ?? item.recordId ?? "no record";
  const record = links.find(([kind]) => kind === "record");
  const cells = {
    item: () => itemCell(item.item),
    when: () => format.timestamp(item.at),
    repository: () => isolated(item.repository),
    value: () => (item.value === null ? createElement("strong", null, UNKNOWN) : item.text),
    why: () => isolated(item.why ?? ""),
    written: () => `${item.writtenBy}${item.assisted ? ", assisted" : ""}`,
    links: () => createElement("span", { class: "links" }, links.filter(([kind]) => kind !== "record").map(([kind, name, href]) => externalLink(kind === "deployments" ? kind : `${kind} ${name}`, href))),
    record: () => createElement("code", null, record ? externalLink(path, record[2]) : path),
  };
  return createElement("tr", null, columns.map((name) => (name === "item"
    ? createElement("th", { scope: "row" }, cells.item())
    : createElement("td", { class: name === "value" ? "number" : name }, cells[name]()))));
}

function externalLink(text, href) {
  return createElement("a", { href, target: "_blank", rel: "noopener noreferrer" }, text);
}

// The first ten digits of a commit's SHA are enough to find it; the record has the full SHA.
function itemCell(item) {
  return /^[0-9a-f]{40}$/.test(item) ? createElement("span", { title: item }, item.slice(0, 10)) : isolated(item);
}

// A download of all selected items, with the addresses that they lead to.
function itemsCsvButton(measure, view, period, selectedNow) {
  const kinds = ["commit", "pull request", "deployments", "run", "job", "release", "incident", "record"];
  const header = ["measure", "service", "repository", "environment", "at", "item", `value_${BASE_UNITS[measure.unit]}`, "certainty", "why", "written_by", "assisted", "group", "record_id", "path",
    ...kinds.map((kind) => `${kind.replace(" ", "_")}_url`)];
  const rows = () => selectedNow().map((item) => {
    const links = new Map(linksOf(item).map(([kind, , href]) => [kind, href])), at = new Date(item.at ?? NaN);
    return [measure.name, item.service, item.repository, item.environment, isNaN(at) ? item.at : at.toISOString(), item.item, item.value,
      EVIDENCE_FILTERS.certainty[1](item), item.why, item.writtenBy, item.assisted, item.group, item.recordId, item.path, ...kinds.map((kind) => links.get(kind))];
  });
  const name = fileName([view.service, view.repository, environmentOf(measure, view), measure.name, period.name, "evidence"], "csv");
  return createCsvButton(`the selected items of ${measure.title}`, name, () => [header, rows()]);
}
