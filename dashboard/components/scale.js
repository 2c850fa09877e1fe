// In large type a drawing grows as the letters of its page do: it is laid out as on a page that is so
// many times smaller, and then enlarged. The figures know nothing of it.

// What is in pixels, by what it belongs to; all other numbers are in units of the figure's own.
const PIXELS = {
  layout: ["width", "height"],
  margin: ["l", "r", "t", "b"],
  title: ["standoff"],
  annotations: ["xshift", "yshift", "ax", "ay"],
  font: ["size"],
  marker: ["size"],
  line: ["width"],
  error_x: ["thickness", "width"],
  error_y: ["thickness", "width"],
};

const BELOW_LARGE = 8; // pixels, before they are enlarged

// How many times larger than usual the page's type is; see large_type.js.
function typeScale() {
  return Number(document.documentElement.dataset.typeScale ?? 1);
}

// Width and height of a place for a drawing, on the smaller page.
function roomIn(place) {
  const scale = typeScale();
  return { width: place.clientWidth / scale, height: place.clientHeight / scale };
}

// The height of a drawing that begins so far from the top: as high as the window has room for. In
// large type what stands below it may be scrolled to, for a room looks at the drawing.
function fittingHeight(top, { least, most, below }) {
  const scale = typeScale();
  const room = (window.innerHeight - top) / scale - (scale > 1 ? BELOW_LARGE : below);
  return `${scale * Math.min(Math.max(room, least), most)}px`;
}

// Traces and layout as large as the page's type.
function enlarged({ data, layout }) {
  const scale = typeScale();
  if (scale === 1) return { data, layout };
  return { data: data.map((trace) => grown(trace, scale, "trace")), layout: grown(layout, scale, "layout") };
}

function grown(part, scale, kind) {
  if (Array.isArray(part) && isPlain(part[0])) return part.map((each) => grown(each, scale, kind));
  if (!isPlain(part)) return part;
  const entries = Object.entries(part).map(([name, value]) => {
    if (PIXELS[kind]?.includes(name)) return [name, times(value, scale)];
    return [name, grown(value, scale, name.endsWith("font") ? "font" : name)];
  });
  return Object.fromEntries(entries);
}

function times(value, scale) {
  return Array.isArray(value) ? value.map((each) => each * scale) : value * scale;
}

// An object with names, and no array of numbers in disguise.
function isPlain(value) {
  return value != null && Object.getPrototypeOf(value) === Object.prototype && !value.bdata;
}
