// evidence_row: decode the rows of warehouse/dashboard/evidence_row.py, and join the addresses of what an item is about.

const ROW_TEXTS = ["repository", "environment", "item", "why", "host", "sha", "number", "run", "job", "tag", "issue", "codeRepository", "issueRepository", "group"];

// `cellOf` returns the cell of a column, `strings` has the texts.
function decodeItem(cellOf, strings) {
  const marks = cellOf("marks"), texts = ROW_TEXTS.map((name) => [name, strings[cellOf(name)] ?? null]);
  return {
    ...Object.fromEntries(texts), isInferred: marks % 2 === 1, isListed: Math.floor(marks / 2) % 2 === 1,
    assisted: [null, false, true][Math.floor(marks / 4) % 3], writtenBy: data.links.written_by[Math.floor(marks / 12)],
  };
}

// Each page that the item leads to: what it is, its name, and its address.
function linksOf(item) {
  if (!item.host) return recordLinkOf(item);
  const { paths } = data.links, own = item.host + item.repository;
  const code = item.host + (item.codeRepository ?? item.repository), issues = item.host + (item.issueRepository ?? item.repository);
  const job = item.job ? paths.job + item.job : "";
  return [
    item.sha && ["commit", item.sha.slice(0, 10), code + paths.commit + item.sha],
    item.number && ["pull request", `#${item.number}`, code + paths.pull_request + item.number],
    item.run && [item.job ? "job" : "run", item.job ?? item.run, own + paths.run + item.run + job],
    item.tag && ["release", decodeURIComponent(item.tag), own + paths.release + item.tag],
    item.issue && ["incident", `#${item.issue}`, issues + paths.issue + item.issue],
    item.isListed && ["deployments", item.environment, own + paths.deployments + encodeURIComponent(item.environment)],
    ...recordLinkOf(item),
  ].filter(Boolean);
}

function recordLinkOf(item) {
  if (!item.path || !data.links.records) return [];
  return [["record", item.path, data.links.records + item.path.split("/").map(encodeURIComponent).join("/")]];
}
