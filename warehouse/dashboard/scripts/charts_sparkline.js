// charts_sparkline: the history of a number in a table's cell. The cell has the number as text, so the picture is hidden from screen readers.

const SPARKLINE = { width: 64, height: 18 };

// values: oldest first, null where nothing is known; a value between two of these is a dot.
function sparkline(values) {
  const known = values.filter((value) => value !== null), { width, height } = SPARKLINE;
  const attributes = { class: "sparkline", width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" };
  if (!known.length) return createSvg("svg", attributes);
  const x = linearScale([0, values.length - 1], [2, width - 2]);
  const y = linearScale([Math.min(0, ...known), Math.max(0, ...known) || 1], [height - 2, 2]);
  const line = d3.line().defined((value) => value !== null).x((_, index) => Math.round(x(index))).y((value) => Math.round(y(value)));
  const last = values.findLastIndex((value) => value !== null);
  return createSvg("svg", attributes,
    createSvg("path", { d: line(values) }), createSvg("path", { class: "end", d: `M${Math.round(x(last))} ${Math.round(y(values[last]))}h0` }));
}
