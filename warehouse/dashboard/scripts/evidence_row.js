// evidence_row: decode the rows of warehouse/dashboard/evidence_row.py, and join the addresses of what an item is about.

function decodeItem(row) {
  const [measure, service, repository, environment, at, item, value, why, recordFolder, recordName, folder, name, someMarks, ...rest] = row;
  const marks = someMarks ?? 0;
  const text = (cell) => string(cell ?? null);
  const [host, sha, number, run, job, tag, issue, codeRepository, issueRepository, group] = Array.from({ length: 10 }, (_, index) => text(rest[index]));
  return {
    measure, service: text(service), repository: text(repository), environment: text(environment), at, item: text(item), value,
    why: text(why), recordId: joinPath(recordFolder, recordName), path: joinPath(folder, name),
    isInferred: marks % 2 === 1, isListed: Math.floor(marks / 2) % 2 === 1, assisted: [null, false, true][Math.floor(marks / 4) % 3],
    writtenBy: data.links.written_by[Math.floor(marks / 12)], host, sha, number, run, job, tag, issue, codeRepository, issueRepository, group,
  };
}

function joinPath(folder, name) {
  return name === null ? null : string(folder) + string(name);
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
