// The map of the characters as a film: frames that the script sends once are drawn on one node,
// with a slider and a play button, and no script run. Reduced motion is respected.

const HEIGHT = { least: 290, most: 720, below: 118 }; // pixels; below: slider and the table's line
const FRAME_MS = 220; // of playing, from one frame to the next
const STILL_MS = 700; // where nothing may glide
const REST_MS = 600; // after the last move the page is told, for the address
const AT_END = -1; // in the place of a step: the last one, however far the run comes
const TITLE = 14; // pixels, of the axes
const FAINT = { mark: 0.1, letter: "30" }; // of characters that are not isolated

const films = new WeakMap();
const reduced = window.matchMedia("(prefers-reduced-motion: reduce)");

export default function (component) {
  const root = component.parentElement.querySelector(".film");
  if (!films.has(root)) films.set(root, new Film(root));
  const film = films.get(root);
  film.show(component);
  return () => {
    if (!root.isConnected) film.close();
  };
}

class Film {
  constructor(root) {
    this.root = root;
    [this.plot, this.other] = root.querySelectorAll(".film-plot");
    this.find = (name) => root.querySelector(name);
    this.at = null; // where in the film, in frames; null: at its last one, however it grows
    this.playing = null;
    this.told = AT_END; // the moment that the address names
    this.isDrawing = false;
    this.isStale = false;
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.plot);
    this.fit = this.fit.bind(this);
    window.addEventListener("resize", this.fit);
    // A change of theme changes the page's colours without running the script.
    this.themes = new MutationObserver(() => this.draw());
    this.themes.observe(document.head, { childList: true, subtree: true });
    this.find(".film-slider").addEventListener("input", (event) => {
      this.stop();
      this.goTo(Number(event.target.value));
      this.settle();
    });
    this.find(".film-play").addEventListener("click", () => this.toggle());
    this.foot = new Foot(this.find(".foot"), {
      name: () => `characters-step-${this.steps[this.frame]}`,
      rows: () => this.rows(),
      picture: () => this.picture(),
      pick: (row) => this.pickOf(row),
    });
  }

  show({ data, setTriggerValue, setStateValue }) {
    this.pick = (character) => setTriggerValue("picked", character);
    this.remember = (moment) => setStateValue("moment", moment);
    const isFirst = this.run === undefined;
    const isOther = !isFirst && (data.run !== this.run || data.view !== this.view);
    if (data.run !== this.run) this.stop();
    Object.assign(this, data);
    if (isFirst) this.beginAt(data.moment);
    if (isOther) this.at = null;
    if (isOther) this.settle();
    this.vectors = floats(data.frames);
    this.size = this.vectors.length / this.steps.length;
    this.last = this.steps.length - 1;
    if (this.at !== null && this.at > this.last) this.at = null;
    const slider = this.find(".film-slider");
    slider.max = this.last;
    this.find(".film-bar").hidden = !this.last;
    this.find(".film-beside").hidden = !this.beside;
    this.drawLoss();
    this.fit();
    this.showMoment();
  }

  close() {
    this.stop();
    clearTimeout(this.rest);
    this.sizes.disconnect();
    window.removeEventListener("resize", this.fit);
    this.themes.disconnect();
    films.delete(this.root);
    if (window.Plotly) for (const plot of [this.plot, this.other]) window.Plotly.purge(plot);
  }

  // As high as the window has room for, with the slider still in sight.
  fit() {
    const scrolled = this.root.closest("[data-testid=stMain]")?.scrollTop ?? 0;
    const top = this.root.getBoundingClientRect().top + scrolled;
    this.plot.style.height = this.other.style.height = fittingHeight(top, HEIGHT);
    this.draw();
  }

  // -- time

  get position() {
    return this.at ?? this.last;
  }

  get frame() {
    return Math.round(this.position);
  }

  // Where a link says that somebody stopped.
  beginAt(step) {
    this.told = step ?? AT_END;
    const later = this.steps.findIndex((each) => each > (step ?? Infinity));
    this.at = later < 0 ? null : Math.max(0, later - 1);
  }

  // Once it rests, the page is told where.
  settle() {
    clearTimeout(this.rest);
    this.rest = setTimeout(() => {
      const moment = this.at === null ? AT_END : this.steps[this.frame];
      if (this.playing || moment === this.told) return;
      this.remember((this.told = moment));
    }, REST_MS);
  }

  goTo(position) {
    this.at = position >= this.last ? null : position;
    this.showMoment();
  }

  toggle() {
    if (this.playing) return this.stop();
    if (this.at === null) this.at = 0;
    this.playing = { from: this.at, since: performance.now() };
    this.showMoment();
    requestAnimationFrame(() => this.play());
  }

  play() {
    if (!this.playing || !this.root.isConnected) return;
    const { from, since } = this.playing;
    const gone = (performance.now() - since) / (reduced.matches ? STILL_MS : FRAME_MS);
    const position = from + (reduced.matches ? Math.floor(gone) : gone);
    if (position >= this.last) this.playing = null;
    this.goTo(position);
    if (!this.playing) this.settle();
    nextFrame().then(() => this.play());
  }

  stop() {
    if (!this.playing) return;
    this.playing = null;
    this.goTo(this.frame); // not between two frames
    this.settle();
  }

  showMoment() {
    const { frame } = this;
    const slider = this.find(".film-slider");
    slider.value = frame;
    const [step, loss] = [count(this.steps[frame]), this.losses[frame]];
    const said = loss == null ? "" : `loss ${loss.toFixed(3)} nats`;
    slider.setAttribute("aria-valuetext", `step ${step}${said && `, ${said}`}`);
    const bold = document.createElement("b");
    bold.textContent = `Step ${step} `;
    this.find(".film-now").replaceChildren(bold, said);
    const play = this.find(".film-play");
    play.textContent = this.playing ? "❚❚" : "▶";
    play.setAttribute("aria-label", this.playing ? "Pause the film" : "Play the film");
    const mark = this.find(".film-loss line");
    mark.setAttribute("x1", this.position);
    mark.setAttribute("x2", this.position);
    this.draw();
    if (!this.playing) this.foot.fill();
  }

  // Mean loss from frame to frame, on a logarithmic scale, just above the slider.
  drawLoss() {
    const known = this.losses.map((loss, frame) => [frame, Math.log(loss)]).filter(([frame]) => this.losses[frame] != null);
    const heights = known.map(([, height]) => height);
    const [low, high] = [Math.min(...heights), Math.max(...heights)];
    const svg = this.find(".film-loss");
    svg.setAttribute("viewBox", `0 0 ${this.last || 1} 1`);
    const place = ([frame, height]) => `${frame},${(high - height) / (high - low || 1)}`;
    this.find(".film-loss polyline").setAttribute("points", known.map(place).join(" "));
    const mark = this.find(".film-loss line");
    mark.setAttribute("y1", -0.1);
    mark.setAttribute("y2", 1.3);
  }

  // -- drawing

  // x and y of all traces, one after the other; between two frames, on the straight way.
  vector() {
    const { position, size } = this;
    const before = Math.floor(position);
    const share = reduced.matches ? 0 : position - before;
    const one = this.vectors.subarray(before * size, (before + 1) * size);
    if (!share) return one;
    const other = this.vectors.subarray((before + 1) * size, (before + 2) * size);
    return one.map((value, index) => value + share * (other[index] - value));
  }

  // The chosen character and its neighbours at this moment, where others are to be faint.
  isolated() {
    const near = this.focus?.near[this.frame] ?? [];
    return near.length ? [this.focus.character, ...near] : null;
  }

  traces() {
    const vector = this.vector();
    const hover = this.hover[this.frame];
    const bright = this.isolated();
    let start = 0;
    const next = (length) => vector.subarray(start, (start += length));
    return this.figure.data.map((trace, number) => {
      const length = this.lengths[number];
      const moved = { ...trace, x: next(length), y: next(length) };
      if (trace.customdata) moved.hovertext = trace.customdata.map((index) => hover[index]);
      return bright ? fainter(moved, bright) : moved;
    });
  }

  // With lines from an isolated character to its neighbours.
  layout(traces) {
    const [chosen, ...near] = this.isolated() ?? [];
    if (chosen == null) return this.figure.layout;
    const places = new Map();
    for (const { customdata, x, y } of traces) customdata?.forEach((row, at) => places.set(row, [x[at], y[at]]));
    const [x0, y0] = places.get(chosen);
    const line = { color: "#8390a3", width: 1.5 };
    const shapes = near.map((row) => {
      const [x1, y1] = places.get(row);
      return { type: "line", layer: "below", line, x0, y0, x1, y1 };
    });
    return { ...this.figure.layout, shapes };
  }

  // At most one drawing at a time; what comes meanwhile is drawn once, as it stands then.
  async draw() {
    this.isStale = true;
    if (this.isDrawing || !this.figure) return;
    this.isDrawing = true;
    try {
      const plotly = await loadPlotly(this.plotly);
      while (this.isStale && this.root.isConnected) {
        this.isStale = false;
        const { data, layout } = this.drawing();
        await plotly.react(this.plot, data, layout, config(this.plot));
        this.plot.setAttribute("aria-label", this.describe());
        if (this.beside) await this.drawBeside(plotly);
        if (!this.isListening) this.listen();
        await nextFrame();
      }
    } finally {
      this.isDrawing = false;
    }
  }

  async drawBeside(plotly) {
    const { figure, title } = this.beside;
    this.find(".film-beside figcaption").textContent = title;
    this.other.setAttribute("aria-label", title);
    const traces = figure.data.map((trace) => ({ ...trace }));
    const { data, layout } = enlarged({ data: traces, layout: forFingers(this.themed(figure.layout, this.other)) });
    await plotly.react(this.other, data, layout, config(this.other));
  }

  listen() {
    this.isListening = true;
    this.plot.on("plotly_click", ({ points }) => {
      const [point] = points.filter(({ customdata }) => customdata != null);
      if (point) this.pick(Number(point.customdata));
    });
  }

  drawing() {
    const data = this.traces();
    return enlarged({ data, layout: forFingers(this.themed(this.layout(data))) });
  }

  themed(layout, plot = this.plot) {
    const style = getComputedStyle(this.root);
    const colour = style.getPropertyValue("--st-text-color").trim() || style.color;
    const grid = style.getPropertyValue("--st-border-color").trim() || "rgba(128,128,128,0.25)";
    const title = (own) => ({ ...own.title, font: { size: TITLE } });
    const axis = (own) => ({ gridcolor: grid, linecolor: grid, ...own, title: title(own), automargin: true });
    const { width, height } = roomIn(plot);
    return {
      ...layout,
      width: width || undefined,
      height: height || undefined,
      font: { family: style.fontFamily, color: colour, size: 13 },
      xaxis: axis(layout.xaxis),
      yaxis: axis(layout.yaxis),
      hoverlabel: { font: { family: style.fontFamily } },
      modebar: { color: grid, activecolor: colour, bgcolor: "rgba(0,0,0,0)" },
    };
  }

  describe() {
    const names = this.figure.data.flatMap(({ customdata, text }) => (customdata ?? []).map((row, at) => [row, text[at]]));
    const [chosen, ...near] = (this.isolated() ?? []).map((row) => new Map(names).get(row));
    const isolated = chosen == null ? "" : ` Isolated: ${chosen}, nearest to it ${near.join(", ")}.`;
    return `${this.summary} After ${count(this.steps[this.frame])} steps.${isolated}`;
  }

  // -- numbers and files

  rows() {
    const hover = this.hover[this.frame];
    const places = this.traces().filter(({ customdata }) => customdata);
    const rows = places.flatMap(({ name, text, x, y, customdata }) =>
      text.map((character, row) => [character, name, x[row], y[row], hover[customdata[row]]]),
    );
    return [["character", "kind", "x", "y", "nearest"], ...rows];
  }

  pickOf(row) {
    const characters = this.figure.data.flatMap(({ customdata }) => customdata ?? []);
    return () => this.pick(Number(characters[row]));
  }

  async picture() {
    const plotly = await loadPlotly(this.plotly);
    const { data, layout } = this.drawing();
    return { plotly, data, layout: onPage(layout, this.root) };
  }
}

const config = (plot) => ({
  displaylogo: false,
  displayModeBar: isNarrow(plot) ? false : "hover",
  showSendToCloud: false, // nothing leaves the machine
  modeBarButtonsToRemove: ["toImage", "select2d", "lasso2d"],
});

// A trace in which only some characters stand out, the first of them most.
function fainter(trace, bright) {
  if (trace.customdata) {
    const opacity = trace.customdata.map((row) => (bright.includes(row) ? 1 : FAINT.mark));
    return { ...trace, marker: { ...trace.marker, opacity } };
  }
  if (!trace.meta) return { ...trace, opacity: 0 }; // the ways from letters to their marks
  const { color, size } = trace.textfont;
  const colours = trace.meta.map((row) => (bright.includes(row) ? color : color + FAINT.letter));
  const sizes = trace.meta.map((row) => (row === bright[0] ? 1.4 * size : size));
  return { ...trace, textfont: { ...trace.textfont, color: colours, size: sizes } };
}

function floats(base64) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}
