// elements: create all elements of the page; every text becomes a text node, never markup.

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== ""));
  return element;
}

const byId = (id) => document.getElementById(id);

// A table in a container that scrolls sideways; keyboard users focus it with Tab and scroll with the arrow keys.
function table(caption, header, rows, { hidden = false, numeric = [] } = {}) {
  const side = (place) => (numeric.includes(place) ? "number" : null);
  const head = make("tr", null, header.map((cell, place) => make("th", { scope: "col", class: side(place) }, cell)));
  const body = rows.map((row) =>
    make("tr", row.attributes, row.cells.map((cell, place) => {
      const told = cell instanceof Node ? cell : String(cell);
      return place === 0 ? make("th", { scope: "row" }, told) : make("td", { class: side(place) }, told);
    })),
  );
  const told = make("caption", { class: hidden ? "unseen" : null }, caption);
  const whole = make("table", null, told, make("thead", null, head), make("tbody", null, body));
  return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, whole);
}
