// read: the data of the page, a stream of compressed lines (warehouse/dashboard/pieces.py).
// DecompressionStream with "deflate-raw": every browser since May 2023,
// developer.mozilla.org/docs/Web/API/DecompressionStream/DecompressionStream

const UNREADABLE = "This browser cannot read the page, or the file is damaged. The page needs a browser of May 2023 or later. The command “telemetry report” prints the same numbers as text.";

async function readLines() {
  try {
    const text = atob(byId("data").textContent), bytes = new Uint8Array(text.length);
    for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return (await new Response(stream).text()).trimEnd().split("\n").map(splitLine);
  } catch {
    return null;
  }
}

// A line is what it is, its service, the time of its evidence and its content: the content is parsed when it is needed.
function splitLine(line) {
  const [kind, service, span, content] = line.split("\t");
  return { kind, service: JSON.parse(service), span: JSON.parse(span), content };
}

// Of each unit the values, sorted, each with its text; place 0 is unknown.
function expandValues(units) {
  return Object.fromEntries(Object.entries(units).map(([unit, [differences, runs]]) => {
    const scale = unit === "duration" ? 1 : 1e6, values = [null], texts = [UNKNOWN];
    let sum = 0;
    for (const difference of differences) values.push((sum += difference) / scale);
    for (let index = 0; index < runs.length; index += 2) for (let count = runs[index + 1]; count; count--) texts.push(runs[index]);
    return [unit, { values, texts }];
  }));
}

function showUnreadable() {
  for (const id of ["filters", "main"]) byId(id).hidden = true;
  byId("notices").replaceWith(createElement("p", { class: "notice", role: "alert", id: "notices" }, UNREADABLE));
  document.documentElement.dataset.ready = "";
}

const dataLines = await readLines();
if (!dataLines) {
  showUnreadable();
  return;
}
