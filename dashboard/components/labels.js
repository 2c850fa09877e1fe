// Words beside horizontal lines of a chart, where the lines come close.

const LABELS = { name: "line", row: 15, letter: 6.5, share: 0.8 }; // pixels; share of the width

// The annotations of a layout; labels of lines that lie too close become one, above the highest of
// these lines.
function partedLabels({ annotations = [], yaxis, margin }, { width, height }) {
  const { clipmin, clipmax } = yaxis.autorangeoptions ?? {};
  const place = yaxis.type === "log" ? Math.log10 : Number; // ranges and texts take logarithms
  const [low, high] = yaxis.range ?? [place(clipmin), place(clipmax)];
  const pixels = (height - margin.t - margin.b) / (high - low);
  if (!Number.isFinite(pixels)) return annotations;
  const most = (LABELS.share * width) / LABELS.letter; // letters of a row
  const parted = [];
  for (const label of annotations.filter(isOfLine).sort((one, other) => other.y - one.y)) {
    const group = parted.at(-1);
    if (!group || (group.lowest - label.y) * pixels > LABELS.row) {
      parted.push({ ...label, lowest: label.y, rows: [label.text] });
      continue;
    }
    group.lowest = label.y; // its text stands above the highest, and would hide the next one's
    const row = `${group.rows.at(-1)} · ${label.text}`;
    if (row.length <= most) group.rows.splice(-1, 1, row);
    else group.rows.push(label.text);
  }
  const labels = parted.map(({ rows, lowest, ...label }) => ({ ...label, text: rows.join("<br>"), align: label.xanchor }));
  return [...annotations.filter((label) => !isOfLine(label)), ...labels];
}

function isOfLine({ name }) {
  return name === LABELS.name;
}
