// start: render the static parts once, the others whenever the view changes, and handle window events.

for (const draw of [drawMade, drawNotices, drawEmpty, drawGaps, drawRejects, drawDefinitions, drawFilters]) draw();

const shownOf = (view) => fragment({ ...view, theme: "", evidence: "", period: "" });

listeners.push(drawTheme, (now, before) => {
  if (shownOf(now) === shownOf(before)) return;
  fillFilters(now);
  drawCards(now);
  drawServices(now);
  announce(now, before);
}, drawEvidence);

fillFilters(view);
drawCards(view);
drawServices(view);
drawTheme(view);
drawEvidence(view);

byId("theme").addEventListener("click", () => look({ theme: isDark(view) ? "light" : "dark" }));
byId("evidence").addEventListener("close", endEvidence);
system.addEventListener("change", () => drawTheme(view));

let width = innerWidth;
addEventListener("resize", () => {
  if (innerWidth === width) return; // showing or hiding a phone's address bar changes only the height
  width = innerWidth;
  requestAnimationFrame(drawCharts);
});
