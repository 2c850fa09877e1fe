// Names as a list. Always as text: they may come from anybody's list of words.

export default function ({ parentElement, data }) {
  const items = data.map(([name, isKnown]) => {
    const item = document.createElement("li");
    const note = document.createElement("small");
    note.textContent = isKnown ? "○ in the training names" : "● new";
    item.toggleAttribute("data-known", isKnown);
    item.append(name || "(empty)", note);
    return item;
  });
  parentElement.querySelector(".names").replaceChildren(...items);
}
