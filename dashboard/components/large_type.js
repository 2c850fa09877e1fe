// The switch to large type, for a room that looks at a projector: the page's letters grow with the
// width of the window, and drawings with them (scale.js).

const SCALE = { least: 1.35, most: 2.6, per: 1000 }; // per: pixels of a window whose type stays as it is
const NARROW = 768; // pixels; a phone has no room for it, and nobody sits far from one
const KEY = "l";
const TYPED_INTO = "input, textarea, select, [contenteditable=true]";

let isLarge = false;
let usual = 0; // pixels of a line's letters
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
  usual = data.usual;
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
  const page = document.documentElement;
  const scale = wanted && window.innerWidth > NARROW ? scaleOf(window.innerWidth) : 1;
  if (scale === Number(page.dataset.typeScale ?? 1)) return;
  page.style.fontSize = scale === 1 ? "" : `${usual * scale}px`;
  if (scale === 1) delete page.dataset.typeScale;
  else page.dataset.typeScale = scale;
  window.dispatchEvent(new Event("resize")); // drawings find their place anew
}

function scaleOf(width) {
  return Math.min(Math.max(width / SCALE.per, SCALE.least), SCALE.most);
}
