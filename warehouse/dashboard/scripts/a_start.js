// start: what is drawn once, what is drawn again whenever the view changes, and what the window tells.

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
  if (innerWidth === width) return; // a phone's address bar comes and goes
  width = innerWidth;
  requestAnimationFrame(drawCharts);
});
