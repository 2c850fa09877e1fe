// A name as it is typed: what comes next, and what each letter cost. Every keystroke asks the server,
// which knows the model as it is now; an answer that comes late is dropped.

const PREDICTORS = ["MLP", "bigram", "4-gram"];
const MAX_CHOICES = 30; // letters to choose from; of a larger alphabet the likeliest
const REST_MS = 600; // after the last keystroke the page is told
const END = ".";

const readers = new WeakMap();

export default function (component) {
  const root = component.parentElement.querySelector(".reader");
  if (!readers.has(root)) readers.set(root, new Reader(root));
  readers.get(root).show(component);
  return () => {
    if (!root.isConnected) readers.get(root)?.close();
  };
}

class Reader {
  constructor(root) {
    this.root = root;
    this.input = root.querySelector("input");
    this.input.addEventListener("input", () => this.typed());
    this.buttons = [];
    const named = (kind) => () => `${kind}-${this.reading.text || "empty"}`;
    this.feet = [
      new Foot(root.querySelector("[data-of=next]"), { name: named("after"), rows: () => this.nextRows() }),
      new Foot(root.querySelector("[data-of=cost]"), {
        name: named("cost-of"),
        rows: () => this.costRows(),
        isTable: true,
      }),
    ];
  }

  show({ data, setStateValue }) {
    this.url = data.url;
    this.characters = data.characters;
    this.remember = (text) => setStateValue("text", text);
    // What the page gives anew is shown; what it only gives back may be older than the typing.
    if (data.text !== this.given && data.text !== this.told) this.input.value = data.text;
    this.given = data.text;
    if (data.reading.text === this.input.value) this.render(data.reading);
    else this.ask();
  }

  close() {
    clearTimeout(this.rest);
    this.asking?.abort();
  }

  typed() {
    this.ask();
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.remember((this.told = this.input.value)), REST_MS);
  }

  append(character) {
    this.input.value += character;
    this.typed();
  }

  async ask() {
    this.asking?.abort();
    this.asking = new AbortController();
    const question = `${this.url}?text=${encodeURIComponent(this.input.value)}`;
    try {
      const answer = await fetch(question, { signal: this.asking.signal });
      if (!answer.ok) throw new Error(await answer.text());
      this.render(await answer.json());
    } catch (error) {
      if (error.name !== "AbortError") this.say(`No answer from the server: ${error.message}`);
    }
  }

  say(problem) {
    this.root.querySelector(".reader-problem").textContent = problem ?? "";
    this.root.toggleAttribute("data-problem", Boolean(problem));
  }

  render(reading) {
    this.say(reading.problem);
    if (reading.problem) return;
    this.reading = reading;
    for (const foot of this.feet) foot.fill();
    this.showContext(reading.context);
    this.showNext(reading.next);
    this.showCost(reading);
  }

  showContext(context) {
    const cells = context.map((symbol) => element("kbd", visible(symbol), symbol === END ? "pad" : "letter"));
    const place = this.root.querySelector(".reader-context");
    place.replaceChildren(...cells, element("span", "→ ?", "arrow"));
    place.setAttribute("aria-label", `The model sees ${context.join(" ")}`);
  }

  // The same buttons are kept, so that the focus stays where it is.
  showNext(next) {
    const rows = this.choices(next);
    const highest = Math.max(...rows.flatMap((row) => PREDICTORS.map((name) => next[name][row])));
    while (this.buttons.length < rows.length) this.buttons.push(this.newButton());
    const place = this.root.querySelector(".reader-next");
    place.style.setProperty("--choices", rows.length);
    if (place.childElementCount !== rows.length) {
      place.replaceChildren(...this.buttons.slice(0, rows.length));
    }
    rows.forEach((row, at) => {
      const button = this.buttons[at];
      const symbol = this.characters[row];
      const shares = PREDICTORS.map((name) => next[name][row]);
      [...button.querySelectorAll("i")].forEach((bar, i) => {
        bar.style.height = `${(100 * shares[i]) / highest}%`;
      });
      const name = symbol === END ? "end" : visible(symbol);
      button.symbol = symbol;
      button.disabled = symbol === END;
      button.querySelector("b").textContent = name;
      button.querySelector("small").textContent = percent(shares[0]);
      const told = PREDICTORS.map((each, i) => `${each} ${(100 * shares[i]).toFixed(1)} %`);
      button.title = `${name}: ${told.join(", ")}`;
      button.setAttribute("aria-label", button.title);
    });
  }

  nextRows() {
    const { next } = this.reading;
    const rows = this.characters.map((symbol, row) => [symbol, ...PREDICTORS.map((name) => next[name][row])]);
    return [["next", ...PREDICTORS.map((name) => `probability, ${name}`)], ...rows];
  }

  // A row for each letter: its cost by predictor, and the effect of each slot, the furthest first.
  costRows() {
    const { word, nats, effects, context } = this.reading;
    const slots = effects ? context.map((_, slot) => `effect of ${context.length - slot} before`) : [];
    const rows = [...word, END].map((symbol, place) => [
      symbol,
      ...PREDICTORS.map((name) => nats[name][place]),
      ...(effects ? effects[place] : []),
    ]);
    return [["symbol", ...PREDICTORS.map((name) => `nats, ${name}`), ...slots], ...rows];
  }

  choices(next) {
    const rows = this.characters.map((_, row) => row);
    if (rows.length <= MAX_CHOICES) return [...rows.slice(1), 0];
    const best = (row) => Math.max(...PREDICTORS.map((name) => next[name][row]));
    return rows.sort((one, other) => best(other) - best(one)).slice(0, MAX_CHOICES);
  }

  newButton() {
    const button = element("button");
    const bars = element("span", "", "bars");
    bars.append(...PREDICTORS.map((name) => element("i", "", barClass(name))));
    button.append(element("small"), bars, element("b"));
    button.type = "button";
    button.addEventListener("click", () => this.append(button.symbol));
    return button;
  }

  showCost({ word, nats, effects, context, origin }) {
    const symbols = [...[...word].map(visible), "end"];
    const table = element("table");
    const head = table.createTHead().insertRow();
    head.append(element("th", ""), ...symbols.map((symbol) => element("th", symbol, "letter")));
    head.append(element("th", "in all"), element("th", "each"));
    const body = table.createTBody();
    this.addBars(body.insertRow(), nats, symbols.length);
    for (const name of PREDICTORS) addCosts(body, name, nats[name], `cost ${barClass(name)}`);
    if (effects) addEffects(body, effects, context.length);
    this.root.querySelector(".reader-cost").replaceChildren(table);
    const where = { train: "stands in the training names", "held out": "is held out", new: "is new" };
    const total = sum(nats.MLP);
    this.root.querySelector(".reader-verdict").textContent =
      `${word ? `\u2068${word}\u2069` : "The empty name"} ${where[origin]}. It costs the MLP ${total.toFixed(2)} nats, ` +
      `${(total / symbols.length).toFixed(2)} a letter: one in ${oneIn(total)} of its names is this one.`;
  }

  addBars(row, nats, n) {
    row.className = "cost-bars";
    row.append(element("th", "nats"));
    const highest = Math.max(...PREDICTORS.flatMap((name) => nats[name]));
    for (let at = 0; at < n; at += 1) {
      const bars = element("span", "", "bars");
      for (const name of PREDICTORS) {
        const bar = element("i", "", barClass(name));
        bar.style.height = `${(100 * nats[name][at]) / highest}%`;
        bars.append(bar);
      }
      const cell = row.insertCell();
      cell.append(bars);
      cell.setAttribute("aria-hidden", "true"); // the numbers follow
    }
  }
}

function addCosts(body, title, numbers, kind) {
  const row = body.insertRow();
  row.className = kind;
  row.append(element("th", title));
  for (const number of numbers) row.append(element("td", number.toFixed(2)));
  const total = sum(numbers);
  row.append(element("td", total.toFixed(2)), element("td", (total / numbers.length).toFixed(2)));
}

// One row a slot, the nearest first: how much what stood there helped (+) or hindered (−).
function addEffects(body, effects, nSlots) {
  const largest = Math.max(0.5, ...effects.flat().map(Math.abs));
  for (let back = 1; back <= nSlots; back += 1) {
    const row = body.insertRow();
    row.className = "effect";
    row.append(element("th", back === 1 ? "letter before" : `${back} before`));
    for (const effect of effects) {
      const value = effect[nSlots - back];
      const cell = element("td", signed(value), value < 0 ? "hindered" : "helped");
      cell.style.setProperty("--strength", `${Math.round((75 * Math.abs(value)) / largest)}%`);
      row.append(cell);
    }
  }
}

// An accent needs a letter to stand on, and a joiner cannot be seen.
function visible(symbol) {
  if (symbol === "\u200c") return "ZWNJ";
  if (symbol === "\u200d") return "ZWJ";
  return /^\p{M}/u.test(symbol) ? `◌${symbol}` : symbol;
}

function element(tag, text = "", kind = "") {
  const made = document.createElement(tag);
  made.textContent = text; // never HTML: letters may come from anybody's list
  if (kind) made.className = kind;
  return made;
}

function barClass(name) {
  return { MLP: "mlp", bigram: "bigram", "4-gram": "four" }[name];
}

function sum(numbers) {
  return numbers.reduce((one, other) => one + other, 0);
}

function signed(value) {
  const rounded = Math.abs(value).toFixed(1);
  if (rounded === "0.0") return "0";
  return value < 0 ? `−${rounded}` : `+${rounded}`;
}

function percent(share) {
  return share >= 0.005 ? `${Math.round(100 * share)}%` : "";
}

function oneIn(nats) {
  const ways = Math.exp(nats);
  if (ways >= 1e15) return `10^${Math.round(nats / Math.LN10)}`;
  return Number(ways.toPrecision(2)).toLocaleString("en");
}
