// One Plotly chart on one DOM node for as long as it is on the page. New points, from the script
// or from the live stream, are drawn with Plotly.react: the node stays, and with it zoom and legend.

const STATES = {
  running: ["●", "training"],
  waiting: ["…", "waiting for others to finish"],
  paused: ["❚❚", "paused"],
  stopped: ["■", "stopped"],
  interrupted: ["■", "interrupted"],
  done: ["✓", "done"],
  diverged: ["⚠", "diverged"],
  failed: ["⚠", "failed"],
};

// How a loss in nats is shown; perplexity up to what a drawing holds.
const UNITS = {
  nats: (nats) => nats,
  bits: (nats) => nats / Math.LN2,
  perplexity: (nats) => Math.exp(Math.min(nats, 80)),
};

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = { least: 280, most: 760, below: 64 }; // pixels; below: the table's line

const CELLS = { letter: 6.5, size: 12, beside: 40 }; // pixels of a letter, its font, around the cells
const LABEL = { least: 7, most: 13 }; // pixels, of the axes
const TITLE = 14; // pixels, of the axes: by itself Plotly gives another size after the first drawing
const MOST_REST_MS = 500; // between two drawings

const charts = new WeakMap();

export default function (component) {
  const root = component.parentElement.querySelector(".chart");
  if (!charts.has(root)) charts.set(root, new Chart(root));
  const chart = charts.get(root);
  chart.show(component);
  return () => {
    if (!root.isConnected) chart.close();
  };
}

class Chart {
  constructor(root) {
    this.root = root;
    this.plot = root.querySelector(".chart-plot");
    this.stream = new RunStream({
      tell: (snapshot) => this.hear(snapshot),
      break: () => this.giveUp(),
    });
    this.isDrawing = false;
    this.isStale = false;
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.plot);
    this.fit = this.fit.bind(this);
    window.addEventListener("resize", this.fit);
    // A change of theme changes the page's colours without running the script.
    this.themes = new MutationObserver(() => this.draw());
    this.themes.observe(document.head, { childList: true, subtree: true });
    this.foot = new Foot(root.querySelector(".foot"), {
      name: () => this.name,
      rows: () => this.rows(),
      picture: () => this.picture(),
      pick: (row) => this.pickOf(row),
    });
    this.units = root.querySelector(".chart-unit");
    this.units.addEventListener("change", () => this.choose(this.units.value));
  }

  show({ data, setTriggerValue, setStateValue }) {
    this.tell = (name, value = true) => setTriggerValue(name, value);
    this.choose = (unit) => setStateValue("unit", unit);
    this.giveUp = () => setStateValue("broken", true);
    this.plotlyUrl = data.plotly;
    this.unit = data.unit ?? "nats";
    this.units.value = this.unit;
    this.columns = data.table;
    this.name = data.name;
    this.isPickable = data.is_pickable;
    this.drawnState = data.drawn_state;
    this.summary = data.summary;
    this.below = data.below;
    this.leastHeight = data.least_height ?? HEIGHT.least;
    if (data.run !== this.run) this.snapshot = null; // steps of two runs cannot be compared
    this.run = data.run;
    this.figure = data.figure;
    const { shapes = [], annotations = [], yaxis } = this.figure.layout;
    this.fixed = { shapes, annotations }; // what no news of the run change
    this.range = yaxis.autorangeoptions;
    this.root.querySelector(".chart-live").hidden = !data.snapshot;
    this.fit();
    if (data.snapshot) this.take(this.isOld(data.snapshot) ? this.snapshot : data.snapshot);
    else this.draw();
    this.stream.follow(isHopeless(this.snapshot?.state) ? null : data.stream);
    if (data.snapshot) this.compareState(data.snapshot.state);
  }

  // As high as the window has room for below what stands above.
  fit() {
    const scrolled = this.root.closest("[data-testid=stMain]")?.scrollTop ?? 0;
    const top = this.plot.getBoundingClientRect().top + scrolled;
    const below = this.below ?? HEIGHT.below;
    this.plot.style.height = fittingHeight(top, { ...HEIGHT, below, least: this.leastHeight });
    this.draw(); // also if only the type has grown
  }

  hear(snapshot) {
    this.take(snapshot);
    this.compareState(snapshot.state);
  }

  // The buttons follow the run, whoever paused or ended it.
  compareState(state) {
    if (state === this.drawnState) return;
    this.drawnState = state;
    this.askForButtons();
  }

  // Not while the script runs: if it is about to change the page, asking would undo that.
  async askForButtons() {
    await scriptAtRest();
    if (this.root.isConnected) this.tell("moved");
  }

  close() {
    this.stream.close();
    this.sizes.disconnect();
    window.removeEventListener("resize", this.fit);
    this.themes.disconnect();
    charts.delete(this.root);
    if (window.Plotly) window.Plotly.purge(this.plot);
  }

  // Whether more was told already; a run that is back from the store may begin further back.
  isOld({ life, step }) {
    return this.snapshot?.life === life && step < this.snapshot.step;
  }

  take(snapshot) {
    if (this.isOld(snapshot)) return;
    this.snapshot = snapshot;
    for (const trace of this.figure.data) {
      const live = snapshot.traces[trace.name];
      if (live) Object.assign(trace, { x: live.x, y: this.inUnit(live.y) });
    }
    if (snapshot.loss_range) {
      const [low, high] = snapshot.loss_range.map(UNITS[this.unit]);
      const clipmin = Math.min(low, this.range?.clipmin ?? low);
      const clipmax = Math.max(high, this.range?.clipmax ?? high);
      // Not a range: Plotly keeps a zoom only where the range it is given stays the same one.
      this.figure.layout.yaxis.autorangeoptions = { clipmin, clipmax };
    }
    for (const [kind, fixed] of Object.entries(this.fixed)) {
      this.figure.layout[kind] = [...fixed, ...snapshot.marks[kind]];
    }
    this.showMetrics(snapshot);
    this.draw();
  }

  inUnit(losses) {
    return this.unit === "nats" ? losses : values(losses).map(UNITS[this.unit]);
  }

  showMetrics(snapshot) {
    const loss = (value) => (value == null ? "–" : figures(UNITS[this.unit](value)));
    const unit = this.unit === "perplexity" ? "" : this.unit;
    const metrics = {
      step: [count(snapshot.step), `/ ${count(snapshot.n_steps)}`],
      minibatch_loss: [loss(snapshot.minibatch_loss), unit],
      train_loss: [loss(snapshot.train_loss), unit],
      val_loss: [loss(snapshot.val_loss), unit],
      lr: [String(Number(snapshot.lr.toPrecision(4))), ""],
      steps_per_second: [
        snapshot.steps_per_second == null ? "–" : count(Math.round(snapshot.steps_per_second)),
        snapshot.engine,
      ],
    };
    for (const [name, [value, unit]] of Object.entries(metrics)) {
      const small = document.createElement("small");
      small.textContent = unit ? ` ${unit}` : "";
      this.root.querySelector(`[data-metric=${name}]`).replaceChildren(value, small);
    }
    this.root.querySelector("progress").value = snapshot.step / snapshot.n_steps;
    const [sign, word] = STATES[snapshot.state];
    const state = this.root.querySelector(".chart-state");
    const isSlow = snapshot.is_compiling && snapshot.state === "running";
    const place = snapshot.place == null ? null : `place ${snapshot.place} in the queue`;
    const more =
      snapshot.message ?? place ?? (isSlow ? "the fast kernels are being compiled" : null);
    const text = `${sign} ${more ? `${word}: ${more}` : word}`;
    if (state.textContent !== text) state.textContent = text;
    state.dataset.state = snapshot.state;
    state.dataset.tone = snapshot.message ? "bad" : "plain";
  }

  // At most one drawing at a time, and at most half of the time; what comes meanwhile is drawn once,
  // as it stands then.
  async draw() {
    this.isStale = true;
    if (!window.Plotly) this.sketch();
    if (this.isDrawing || !this.figure) return;
    this.isDrawing = true;
    try {
      const plotly = await loadPlotly(this.plotlyUrl);
      while (this.isStale && this.root.isConnected) {
        this.isStale = false;
        const begun = performance.now();
        const { data, layout } = this.drawing();
        await plotly.react(this.plot, data, layout, {
          displaylogo: false,
          displayModeBar: isNarrow(this.plot) ? false : "hover",
          showSendToCloud: false, // nothing leaves the machine
          // Below the chart there are files to keep.
          modeBarButtonsToRemove: ["toImage", "lasso2d", ...(layout.dragmode === "select" ? [] : ["select2d"])],
        });
        this.root.querySelector(".chart-sketch").replaceChildren();
        this.plot.setAttribute("aria-label", this.describe());
        if (!this.isListening) this.listen();
        this.foot.fill();
        const taken = performance.now() - begun;
        await nextFrame();
        // For all else on the page: a slow machine would do nothing but draw.
        await passed(Math.min(taken, MOST_REST_MS));
      }
    } finally {
      this.isDrawing = false;
    }
    // A node that was only being put elsewhere on the page is there again by then.
    if (this.isStale) passed(MOST_REST_MS).then(() => this.root.isConnected && this.draw());
  }

  listen() {
    this.isListening = true;
    this.plot.on("plotly_click", ({ points }) => {
      const [point] = points.filter(({ customdata }) => customdata != null);
      if (point) this.tell("picked", Number([point.customdata].flat()[0]));
    });
    this.plot.on("plotly_selected", (event) => {
      const found = (event?.points ?? []).map(({ customdata }) => Number([customdata].flat()[0]));
      const rates = found.filter(Number.isFinite);
      if (rates.length) this.tell("ranged", [Math.min(...rates), Math.max(...rates)]);
    });
  }

  // The lines without axes: Plotly's script is large, and a slow machine needs seconds for it.
  sketch() {
    const range = this.snapshot?.loss_range;
    if (!range) return;
    const [low, high] = range.map(UNITS[this.unit]);
    const live = this.figure.data.filter(({ name }) => name in this.snapshot.traces);
    const traces = live.map(({ x, y, line, fill, fillcolor }) => {
      const [steps, losses] = [values(x), values(y)];
      const shape = document.createElementNS(SVG, fill ? "polygon" : "polyline");
      const place = (step, row) => `${step / this.snapshot.step},${(high - losses[row]) / (high - low)}`;
      shape.setAttribute("points", steps.map(place).join(" "));
      shape.style.fill = fillcolor ?? "none";
      shape.style.stroke = line.color ?? "none";
      return shape;
    });
    this.root.querySelector(".chart-sketch").replaceChildren(...traces);
  }

  drawing() {
    const { data, layout } = this.figure;
    return enlarged({ data: data.map((trace) => this.themedTrace(trace)), layout: forFingers(this.themed(layout)) });
  }

  themed(layout) {
    const style = getComputedStyle(this.root);
    const colour = style.getPropertyValue("--st-text-color").trim() || style.color;
    const grid = style.getPropertyValue("--st-border-color").trim() || "rgba(128,128,128,0.25)";
    const tickfont = { size: this.labelSize() };
    // A zoom is kept for as long as the axis shows the same.
    const shows = ({ title, type }) => `${title?.text} ${type}`;
    const axis = (own) => ({
      gridcolor: grid,
      linecolor: grid,
      tickfont,
      uirevision: shows(own),
      ...own,
      title: { ...own.title, font: { size: TITLE } },
      automargin: true,
    });
    const { width, height } = roomIn(this.plot);
    return {
      ...layout,
      width: width || undefined,
      height: height || undefined,
      font: { family: style.fontFamily, color: colour, size: 13 },
      xaxis: axis(layout.xaxis),
      yaxis: axis(layout.yaxis),
      annotations: partedLabels(layout, { width, height }),
      hoverlabel: { font: { family: style.fontFamily, size: LABEL.most } },
      modebar: { color: grid, activecolor: colour, bgcolor: "rgba(0,0,0,0)" },
    };
  }

  // Every cell of a heat map is named: on a phone in letters that do not lie over each other.
  labelSize() {
    const [first] = this.figure.data;
    if (first?.type !== "heatmap") return LABEL.most;
    const { width, height } = roomIn(this.plot);
    const room = Math.min(0.72 * width, 0.85 * height) / values(first.y).length;
    return Math.min(Math.max(Math.floor(room), LABEL.least), LABEL.most);
  }

  // A copy: Plotly compares with what it was given last, and sees no change in the same one.
  themedTrace(trace) {
    if (trace.type !== "heatmap") return { ...trace };
    // Plotly chooses black or white by a cell's colour as if that were opaque; it may not be.
    const color = getComputedStyle(this.root).getPropertyValue("--st-text-color").trim();
    const texttemplate = this.isRoomInCells(trace) ? trace.texttemplate : "";
    return { ...trace, texttemplate, textfont: { ...trace.textfont, color } };
  }

  // Whether what is written into cells fits: Plotly would write it over the neighbours.
  isRoomInCells({ x, y, text, textfont }) {
    if (!text) return false;
    const longest = Math.max(...text.flat().map((each) => each.length));
    const left = CELLS.letter * Math.max(...values(y).map((name) => name.length));
    const width = (roomIn(this.plot).width - left - CELLS.beside) / values(x).length;
    return width >= CELLS.letter * (textfont.size / CELLS.size) * longest;
  }

  describe() {
    const { snapshot } = this;
    if (!snapshot) return this.summary;
    const losses = [
      ["minibatch", snapshot.minibatch_loss],
      ["training", snapshot.train_loss],
      ["validation", snapshot.val_loss],
    ];
    const known = losses.filter(([, loss]) => loss != null);
    const said = known.map(([name, loss]) => `${name} ${loss.toFixed(3)}`).join(", ");
    return `${this.summary} Step ${snapshot.step} of ${snapshot.n_steps}; loss in nats: ${said}.`;
  }

  // -- numbers and files

  // By the columns that were asked for; of a heat map without any, the map itself.
  rows() {
    const [trace] = this.figure.data;
    if (!this.columns.length) {
      const cells = isWords(trace.text) ? trace.text : matrix(trace.z);
      return [["", ...values(trace.x)], ...values(trace.y).map((name, row) => [name, ...cells[row]])];
    }
    const columns = this.columns.map(([, traces, axis]) => {
      const found = this.figure.data.filter(({ name }) => traces.includes(name));
      return found.flatMap((each) => values(each[axis]));
    });
    const rows = columns[0].map((_, row) => columns.map((cells) => cells[row]));
    return [this.columns.map(([title]) => title), ...rows];
  }

  pickOf(row) {
    if (!this.isPickable) return null;
    const name = this.columns[0]?.[1][0];
    const trace = this.figure.data.find((each) => !name || each.name === name);
    const picked = [values(trace.customdata)[row]].flat()[0];
    return picked == null ? null : () => this.tell("picked", Number(picked));
  }

  async picture() {
    const plotly = await loadPlotly(this.plotlyUrl);
    const { data, layout } = this.drawing();
    return { plotly, data, layout: onPage(layout, this.root) };
  }
}

function figures(number) {
  return number < 1000 ? number.toFixed(4) : number.toPrecision(4);
}

function values(array) {
  if (!array?.bdata) return Array.from(array ?? []);
  const bytes = Uint8Array.from(atob(array.bdata), (character) => character.charCodeAt(0));
  const types = { i1: Int8Array, i2: Int16Array, i4: Int32Array, u1: Uint8Array, u2: Uint16Array, f4: Float32Array, f8: Float64Array };
  return Array.from(new types[array.dtype](bytes.buffer));
}

// Whether cells are written over with more than their numbers.
function isWords(cells) {
  return Boolean(cells?.flat().some((cell) => Number.isNaN(Number(cell))));
}

function matrix(cells) {
  if (!cells?.bdata) return cells;
  const [nRows, nColumns] = String(cells.shape).split(",").map(Number);
  const flat = values(cells);
  return Array.from({ length: nRows }, (_, row) => flat.slice(row * nColumns, (row + 1) * nColumns));
}

function isHopeless(state) {
  return ["diverged", "failed"].includes(state);
}
