// How large the page's letters are: in large type they grow with the width of the window. A link
// that asks for it gets it before Streamlit draws, for its tables and signs take their size only once.

window.sizeType = (isLarge) => {
  const SCALE = { least: 1.35, most: 2.6, per: 1000 }; // per: pixels of a window whose type stays as it is
  const NARROW = 768; // pixels; a phone has no room for it, and nobody sits far from one
  const page = document.documentElement;
  const grown = Math.min(Math.max(window.innerWidth / SCALE.per, SCALE.least), SCALE.most);
  const scale = isLarge && window.innerWidth > NARROW ? grown : 1;
  if (scale === Number(page.dataset.typeScale ?? 1)) return;
  page.style.fontSize = scale === 1 ? "" : `${window.usualTypeSize * scale}px`;
  if (scale === 1) delete page.dataset.typeScale;
  else page.dataset.typeScale = scale;
  window.dispatchEvent(new Event("resize")); // drawings find their place anew
};
if (new URL(location.href).searchParams.get("large_type") === "true") window.sizeType(true);
