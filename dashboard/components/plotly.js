// What every component that draws with Plotly begins with.

const fingers = window.matchMedia("(hover: none) and (pointer: coarse)");

function nextFrame() {
  // A hidden tab has no frames; a timer lets it catch up all the same.
  return new Promise((resolve) => {
    requestAnimationFrame(resolve);
    setTimeout(resolve, 250);
  });
}

function passed(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

// Once for all components of the page: the script is large.
function loadPlotly(url) {
  if (window.Plotly) return window.Plotly;
  window.plotlyLoading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      delete window.plotlyLoading;
      reject(new Error(`${url} did not load`));
    };
    document.head.append(script);
  });
  return window.plotlyLoading;
}

// Where the buttons of Plotly's bar would lie over the legend.
function isNarrow(plot) {
  return plot.clientWidth < 480;
}

// A layout over which a finger scrolls the page, where there is nothing but fingers: to zoom or to
// select would hold it back.
function forFingers(layout) {
  if (!fingers.matches) return layout;
  const axis = (own) => ({ ...own, fixedrange: true });
  return { ...layout, dragmode: false, xaxis: axis(layout.xaxis), yaxis: axis(layout.yaxis) };
}

// A layout for a picture that leaves the page: with the ground that the page had.
function onPage(layout, root) {
  const ground = getComputedStyle(root).getPropertyValue("--st-background-color").trim() || "white";
  return { ...layout, paper_bgcolor: ground };
}
