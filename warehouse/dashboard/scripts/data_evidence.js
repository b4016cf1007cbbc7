// data_evidence: the items behind the numbers, in columns (warehouse/dashboard/evidence_pieces.py).

const cell = (column, index) => (Array.isArray(column) ? column[index] : column);

// The content of a line of evidence; it is parsed when it is first asked for.
function parsedEvidence(line) {
  if (!line.evidence) {
    const { values, measures, records, strings } = JSON.parse(line.content);
    line.evidence = { tables: expandValues(values), columns: new Map(measures), records, strings };
    line.content = null;
  }
  return line.evidence;
}

// When each item happened; the column has the differences.
function itemTimes(columns) {
  if (!columns.times) {
    let before = 0;
    columns.times = Array.from({ length: columns.count }, (_, index) => {
      const difference = cell(columns.at, index);
      return difference === null ? null : (before -= difference);
    });
  }
  return columns.times;
}

function evidenceOf(measure, view, period) {
  const environment = environmentOf(measure, view), items = [];
  for (const line of dataLines) {
    if (line.kind !== "evidence" || line.service !== view.service || !line.span) continue;
    if (line.span[0] >= period.endsAt || line.span[1] < period.startsAt) continue;
    const evidence = parsedEvidence(line), columns = evidence.columns.get(measures.indexOf(measure));
    if (!columns) continue;
    itemTimes(columns).forEach((at, index) => {
      if (at === null || at < period.startsAt || at >= period.endsAt) return;
      const item = evidenceItem(measure, view.service, evidence, columns, index);
      if (item.environment === environment && (!view.repository || item.repository === view.repository)) items.push(item);
    });
  }
  return items.sort((first, second) => second.at - first.at);
}

function evidenceItem(measure, service, { tables, records, strings }, columns, index) {
  const row = decodeItem((name) => cell(columns[name], index), strings);
  const place = cell(columns.value, index), table = tables[measure.unit];
  const [idFolder, idName, folder, name] = records.map((column) => cell(column, cell(columns.record, index)));
  return {
    ...row, measure, service, at: columns.times[index],
    value: place ? table.values[place] : null, text: place ? `${table.texts[place]}${row.isInferred ? ", inferred" : ""}` : UNKNOWN,
    recordId: idName === null ? null : strings[idFolder] + idName,
    path: name === null ? null : strings[folder] + (name === 0 ? `${idName}.json` : name),
  };
}
