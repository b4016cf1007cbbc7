// main: render the static parts once, the others whenever the view changes, and handle window events.

for (const render of [renderSource, renderNotices, renderEmptyState, renderGaps, renderRejects, renderDefinitions, renderFilters]) render();

const filtersOf = (view) => fragmentOf({ ...view, theme: "", evidence: "", period: "", ...NO_EVIDENCE_FILTERS });

function renderNumbers(view) {
  updateFilters(view);
  renderCards(view);
  renderServices(view);
}

listeners.push(renderTheme, (current, previous) => {
  if (filtersOf(current) === filtersOf(previous)) return;
  renderNumbers(current);
  announce(current);
}, renderEvidence);

renderNumbers(view);
renderTheme(view);
renderEvidence(view);

byId("theme").addEventListener("click", () => updateView({ theme: isDark(view) ? "light" : "dark" }));
byId("evidence").addEventListener("close", closeEvidence);
systemTheme.addEventListener("change", () => renderTheme(view));

let width = innerWidth;
addEventListener("resize", () => {
  if (innerWidth === width) return; // showing or hiding a phone's address bar changes only the height
  width = innerWidth;
  requestAnimationFrame(renderCharts);
});

document.documentElement.dataset.ready = ""; // everything is rendered
