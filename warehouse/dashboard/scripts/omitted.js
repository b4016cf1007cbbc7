// omitted: what did not fit into this page, named beside what it belongs to, with a link to the page that has it.

const REPORT_COMMAND = "telemetry report"; // omits nothing

// The counts of what is omitted, in words.
function omittedTexts({ numbers = 0, services: without = 0, evidence = 0 }) {
  const counts = [[numbers, "number"], [without, "service"], [evidence, "evidence item"]];
  return counts.filter(([count]) => count).map(([count, noun]) => format.pluralize(count, noun));
}

// A link to another page of the report; it opens the same view there.
function pageLink(href, view, text) {
  return createElement("a", { href: `${href}${fragmentOf(view)}` }, text);
}

// Beside the name of the service: what of it is not on this page.
function renderOmitted({ evidence, period, ...view }) {
  const texts = omittedTexts(omittedOf(view.service)), others = otherPages(view.service);
  const where = others.length > 1 ? "on other pages:" : others.length ? "on another page:" : "not on this page, which would be too large. The numbers and records are in";
  byId("omitted").replaceChildren(...(texts.length ? separated([
    `${texts.join(" and ")} of ${view.service}: ${where}`,
    ...others.map(({ href }, index) => pageLink(href, view, index || mainPage ? `Page ${index + 1}` : `The page of ${view.service}`)),
    others.length ? "" : createElement("code", null, REPORT_COMMAND),
  ]) : []));
}

const separated = (parts) => parts.filter(Boolean).flatMap((part, index) => (index ? [" ", part] : [part]));

// Beside a list of records: how many are elsewhere, and where.
function omittedEvidence(view, period, count) {
  if (count <= 0) return null;
  const others = evidencePages(view, period);
  const what = `${withSeparators(count)} of the items of this number ${count === 1 ? "is" : "are"} not on this page`;
  if (!others.length) {
    return createElement("p", { class: "notice" }, `${what}: it would be too large. `, createElement("code", null, `${REPORT_COMMAND} --evidence`), " lists every one.");
  }
  const links = others.map(({ href }, index) => pageLink(href, view, others.length > 1 ? `page ${index + 1} with them` : "the page with them"));
  return createElement("p", { class: "notice" }, ...separated([`${what}, but on`, ...links.flatMap((link, index) => (index ? ["or", link] : [link]))]), ".");
}

// For all services: what this page leaves out.
function omittedOverall() {
  const texts = omittedTexts(data.omitted);
  if (!texts.length) return "";
  const where = pages.size ? "they are on the pages of their services, to which each service links." : "the oldest first, and of repositories before whole services.";
  return createElement("p", { class: "notice" }, `To stay below 2 MB, this page leaves out ${texts.join(", and ")}: ${where} `,
    createElement("code", null, REPORT_COMMAND), " omits nothing.");
}
