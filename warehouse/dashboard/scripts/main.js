// main: render the static parts once, the others whenever the view changes, and handle window events.

for (const render of [renderSource, renderNotices, renderEmptyState, renderGaps, renderRejects, renderDefinitions, renderFilters, renderOverviewControls]) render();

const filtersOf = (view) => fragmentOf({ ...view, theme: "", ...(view.service ? { evidence: "", period: "", ...NO_EVIDENCE_FILTERS } : {}) });

function renderNumbers(view) {
  updateFilters(view);
  renderOverview(view);
  renderOmitted(view);
  renderNotCounted(view);
  renderCards(view);
}

// Show a service from its top; back in the overview, its row has the focus.
function moveFocus(current, previous) {
  if (current.service === previous.service || document.activeElement?.closest("#filters")) return;
  if (!current.service) appendRest(); // the row may be far below
  const row = document.querySelector(`[data-service="${CSS.escape(previous.service)}"] a`);
  if (current.service) scrollTo({ top: 0, behavior: "instant" });
  (current.service ? byId("service-title") : row ?? byId("overview-title")).focus({ preventScroll: Boolean(current.service) });
}

listeners.push(renderTheme, (current, previous) => {
  if (filtersOf(current) === filtersOf(previous)) return;
  renderNumbers(current);
  announce(current);
  moveFocus(current, previous);
}, renderEvidence);

if (data.service) document.title = `${data.service}: ${document.title}`;
renderNumbers(view);
renderTheme(view);
renderEvidence(view);

byId("copy-link").addEventListener("click", copyLink);
byId("theme").addEventListener("click", () => updateView({ theme: isDark(view) ? "light" : "dark" }));
byId("evidence").addEventListener("close", closeEvidence);
// Announce the point of a chart that the keyboard selects. Screen readers ignore what is outside of an open dialog.
document.addEventListener("described", ({ detail }) => (byId(byId("evidence").open ? "evidence-announcement" : "announcement").textContent = detail));
systemTheme.addEventListener("change", () => renderTheme(view));

let width = innerWidth;
addEventListener("resize", () => {
  if (innerWidth === width) return; // showing or hiding a phone's address bar changes only the height
  width = innerWidth;
  requestAnimationFrame(renderCharts);
});

performance.mark("rendered");
document.documentElement.dataset.ready = "";
