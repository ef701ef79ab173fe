/**
 * Runs in a page that has loaded: ends once nothing has changed in it for a while, as many pages
 * write their text later. Timers of hidden pages go by the second.
 */
// eslint-disable-next-line @typescript-eslint/no-floating-promises -- who runs the script awaits it
(() => {
  /** Milliseconds without a change, and of waiting in all. */
  const [QUIET, LONGEST] = [800, 6_000];
  return new Promise((resolve) => {
    const end = () => {
      observer.disconnect();
      resolve(true);
    };
    const observer = new MutationObserver(() => {
      clearTimeout(timer);
      timer = setTimeout(end, QUIET);
    });
    let timer = setTimeout(end, QUIET);
    setTimeout(end, LONGEST);
    observer.observe(document, { subtree: true, childList: true, characterData: true });
  });
})();
