// Names as cards. Always as text: they may come from anybody's list of words.

const ORIGINS = {
  train: ["○", "in training"],
  "held out": ["◐", "held out"],
  new: ["●", "new"],
};

export default function ({ parentElement, data, setTriggerValue }) {
  showShares(parentElement.querySelector(".shares"), data.shares);
  const list = parentElement.querySelector(".names");
  while (list.children.length > data.names.length) list.lastChild.remove();
  while (list.children.length < data.names.length) list.append(newCard());
  // The same cards are kept, so that the focus stays where it is.
  data.names.forEach(([name, origin], at) => {
    const card = list.children[at];
    const [sign, word] = ORIGINS[origin];
    card.dataset.origin = origin;
    card.firstChild.textContent = name || "(empty)";
    card.firstChild.onclick = () => setTriggerValue("picked", name);
    card.firstChild.title = `${name}: look at it letter by letter`;
    card.lastChild.textContent = `${sign} ${word}`;
  });
}

function newCard() {
  const card = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.dir = "auto"; // a name may be written from right to left
  card.append(button, document.createElement("small"));
  return card;
}

function showShares(place, shares) {
  const bar = document.createElement("div");
  const legend = document.createElement("ul");
  for (const [origin, count, share] of shares) {
    const part = document.createElement("span");
    part.dataset.origin = origin;
    part.style.flexGrow = count;
    bar.append(part);
    const item = document.createElement("li");
    const [sign, word] = ORIGINS[origin];
    const number = document.createElement("b");
    number.textContent = `${(100 * share).toFixed(count && share < 0.1 ? 1 : 0)}%`;
    item.dataset.origin = origin;
    item.append(`${sign} `, number, ` ${word} (${count.toLocaleString("en")})`);
    legend.append(item);
  }
  place.replaceChildren(bar, legend);
}
