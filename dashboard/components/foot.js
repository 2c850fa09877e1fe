// What stands below every drawing: its numbers as a table, and files to keep.

const MAX_TABLE_ROWS = 2000; // more are in the file

class Foot {
  // source: name() of the files; rows(): titles, then rows; picture(): what Plotly draws, if it does;
  // pick(row), if a row stands for something that can be chosen; isTable: what is above is a table.
  constructor(place, source) {
    this.source = source;
    const summary = document.createElement("summary");
    summary.textContent = "The numbers as a table";
    this.table = document.createElement("table");
    const scrolled = document.createElement("div");
    scrolled.append(this.table);
    this.details = document.createElement("details");
    this.details.append(summary, scrolled);
    this.details.addEventListener("toggle", () => this.fill());
    const files = document.createElement("div");
    files.className = "foot-files";
    for (const kind of source.picture ? ["csv", "png", "svg"] : ["csv"]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = kind.toUpperCase();
      button.title = kind === "csv" ? "Save the numbers as CSV" : `Save the picture as ${kind.toUpperCase()}`;
      button.setAttribute("aria-label", button.title);
      button.addEventListener("click", () => this.save(kind));
      files.append(button);
    }
    if (source.isTable) place.replaceChildren(files);
    else place.replaceChildren(this.details, files);
  }

  // Anew, if it can be seen.
  fill() {
    if (!this.details.open) return;
    const [titles, ...rows] = this.source.rows();
    const focused = [...this.table.querySelectorAll("button")].indexOf(document.activeElement);
    const table = document.createElement("table");
    addRow(table.createTHead(), "th", titles);
    const body = table.createTBody();
    rows.slice(0, MAX_TABLE_ROWS).forEach((row, number) => {
      const added = addRow(body, "td", row.map(shownCell));
      const pick = this.source.pick?.(number);
      if (pick) addPick(added.cells[0], pick);
    });
    this.table.replaceWith(table);
    this.table = table;
    if (focused >= 0) table.querySelectorAll("button")[focused]?.focus();
  }

  async save(kind) {
    if (kind === "csv") return saveCsv(this.source.name(), this.source.rows());
    const { plotly, data, layout } = await this.source.picture();
    const { width, height } = layout;
    const scale = kind === "png" ? 2 : 1;
    await plotly.downloadImage({ data, layout }, { format: kind, filename: this.source.name(), width, height, scale });
  }
}

// In the browser: no script runs, and the numbers are those that are seen.
function saveCsv(name, rows) {
  const quoted = (value) => `"${String(value ?? "").replaceAll('"', '""')}"`;
  const written = (value) => (Number.isFinite(value) ? String(value) : typeof value === "number" ? "" : quoted(value));
  const text = rows.map((row) => row.map(written).join(",")).join("\r\n");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
  link.download = `${name}.csv`;
  link.click();
  URL.revokeObjectURL(link.href);
}

function addRow(section, tag, texts) {
  const row = section.insertRow();
  for (const text of texts) {
    const element = document.createElement(tag);
    element.textContent = text; // never HTML: letters may come from anybody's list
    row.append(element);
  }
  return row;
}

// The first cell as a button: what a click on a point does, for those who use no mouse.
function addPick(cell, pick) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = cell.textContent;
  button.addEventListener("click", pick);
  cell.replaceChildren(button);
}

function shownCell(value) {
  if (typeof value === "string") return value;
  if (value == null || Number.isNaN(value)) return "–";
  if (Number.isInteger(value)) return count(value);
  return Math.abs(value) < 0.1 ? String(Number(value.toPrecision(4))) : value.toFixed(4);
}

function count(number) {
  return number.toLocaleString("en");
}
