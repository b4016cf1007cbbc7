// dom: create all elements of the page; every text becomes a text node, never markup.

const byId = (id) => document.getElementById(id);

function createElement(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== ""));
  return element;
}

// A table in a container that scrolls sideways; keyboard users focus it with Tab and scroll with the arrow keys.
// `numeric` lists the columns that are aligned right.
function createTable(caption, header, rows, { hiddenCaption = false, numeric = [] } = {}) {
  const alignment = (column) => (numeric.includes(column) ? "number" : null);
  const head = createElement("tr", null,
    header.map((cell, column) => createElement("th", { scope: "col", class: alignment(column) }, cell)));
  const body = rows.map((row) =>
    createElement("tr", row.attributes, row.cells.map((cell, column) => {
      const content = cell instanceof Node ? cell : String(cell);
      return column === 0 ? createElement("th", { scope: "row" }, content) : createElement("td", { class: alignment(column) }, content);
    })),
  );
  const table = createElement("table", null,
    createElement("caption", { class: hiddenCaption ? "visually-hidden" : null }, caption),
    createElement("thead", null, head), createElement("tbody", null, body));
  return createElement("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, table);
}

// A name from a record: its direction of writing does not change the order of the text around it.
const isolated = (name) => createElement("bdi", { class: "name" }, name);
