// Whether the page's script runs, for those who want to ask for a run without being in the way of one.

const SCRIPT_AT_WORK =
  "[data-test-script-state=running], [data-test-script-state=rerunRequested]";
// After a click the page may not say for a while that its script runs: until the server has answered.
const SETTLE_MS = { click: 500, link: 5000 };
const LOOK_MS = 20;

let settledAt = -Infinity;
const settleIn = (ms) => (settledAt = Math.max(settledAt, performance.now() + ms));
for (const type of ["click", "keydown", "popstate"]) {
  const settle = ({ target }) => {
    const isLink = type === "popstate" || (target instanceof Element && target.closest("a[href]"));
    settleIn(isLink ? SETTLE_MS.link : SETTLE_MS.click);
  };
  window.addEventListener(type, settle, { capture: true });
}

// Until no script run is under way or may be about to begin: it may change the page, and to ask for
// another one would undo that.
async function scriptAtRest() {
  while (isScriptBusy()) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}

function isScriptBusy() {
  if (!document.querySelector(SCRIPT_AT_WORK)) return performance.now() < settledAt;
  settledAt = -Infinity; // this is what was waited for
  return true;
}
