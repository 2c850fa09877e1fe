// Which changes of the address are steps that the browser's Back takes: those to another page, to
// another run, and to another chapter, which begins at its head.
//
// Streamlit adds a step whenever a script run writes into the address. At a change of page it does
// so up to three times: it takes the old page's settings out, goes to the new page, and puts the run
// back. Back would then need as many presses, and the middle ones would show what nobody chose.

(() => {
  const chapterOf = ({ href }) => new URL(href).searchParams.get("chapter");
  let chapter = chapterOf(location);
  const turnTo = (next) => {
    if (next !== null && next !== chapter) document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
    chapter = next;
  };
  window.addEventListener("popstate", () => turnTo(chapterOf(location)));

  const push = history.pushState.bind(history);
  history.pushState = (state, title, url) => {
    const [from, to] = [new URL(location.href), new URL(url ?? "", location.href)];
    const places = ["run", "chapter"].map((name) => [from, to].map(({ searchParams }) => searchParams.get(name)));
    const isSamePage = from.pathname === to.pathname;
    const isLost = ([before, after]) => before !== null && after === null;
    if (isSamePage && places.some(isLost)) return; // about to leave the page
    const isStep = places.some(([before, after]) => before !== null && before !== after);
    if (isSamePage && !isStep) history.replaceState(state, title, url);
    else push(state, title, url);
    turnTo(chapterOf(to));
  };
})();
