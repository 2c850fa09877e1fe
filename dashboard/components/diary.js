// What a run wrote at ever larger steps: one line a step, the latest on top.

export default function ({ parentElement, data: { name, entries } }) {
  const lines = entries.map(({ step, loss, names }) => {
    const line = document.createElement("li");
    const head = document.createElement("div");
    const at = document.createElement("b");
    at.textContent = step ? `step ${step.toLocaleString("en")}` : "before training";
    const nats = document.createElement("small");
    nats.textContent = loss == null ? "" : `${loss.toFixed(2)} nats`;
    head.append(at, nats);
    const words = document.createElement("p");
    words.append(...names.map(([name, origin]) => word(name, origin)));
    line.append(head, words);
    return line;
  });
  parentElement.querySelector(".diary").replaceChildren(...lines);
  const rows = () =>
    entries.map(({ step, loss, names }) => [step, loss, ...names.map(([written]) => written)]);
  const titles = ["step", "loss", ...(entries[0]?.names ?? []).map((_, number) => `name ${number + 1}`)];
  new Foot(parentElement.querySelector(".foot"), {
    name: () => name,
    rows: () => [titles, ...rows()],
    isTable: true,
  });
}

function word(name, origin) {
  const made = document.createElement("bdi"); // a name may be written from right to left
  made.dataset.origin = origin;
  made.textContent = name || "(empty)"; // never HTML: letters may come from anybody's list
  made.title = origin === "train" ? "in the training names" : origin;
  return made;
}
