// The switch to large type, for a room that looks at a projector: the page's letters grow with the
// width of the window (type_size.js), and drawings with them (scale.js).

const KEY = "l";
const TYPED_INTO = "input, textarea, select, [contenteditable=true]";

let isLarge = false;
let choose = () => {};
let isListening = false;

export default function ({ data, parentElement, setStateValue }) {
  const button = parentElement.querySelector("button");
  choose = (wanted) => {
    use(wanted);
    button.setAttribute("aria-pressed", wanted);
    setStateValue("large", wanted);
  };
  button.onclick = () => choose(!isLarge);
  button.setAttribute("aria-pressed", data.is_large);
  if (!isListening) listen();
  use(data.is_large);
}

function listen() {
  isListening = true;
  window.addEventListener("resize", () => use(isLarge));
  window.addEventListener("keydown", ({ key, ctrlKey, altKey, metaKey, target }) => {
    if (key.toLowerCase() !== KEY || ctrlKey || altKey || metaKey || target.closest?.(TYPED_INTO)) return;
    choose(!isLarge);
  });
}

function use(wanted) {
  isLarge = wanted;
  window.sizeType(wanted);
}
