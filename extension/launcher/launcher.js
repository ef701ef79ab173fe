/**
 * The launcher: a button at the side of a page that archives it, as the shortcut does. It runs in the
 * page, in the extension's isolated world, and only where the user wants it.
 *
 * A classic script that imports nothing, as content scripts are no modules. The page sees an element
 * with a closed shadow root, beside its body, and cannot press what is in it; `snapshot.js` leaves out
 * all elements whose names begin with `guidang-`.
 */
(() => {
  "use strict";

  const KEY = "launcher";
  const HIDDEN = "launcher-hidden";
  const PLACE = "launcher-place";
  /** Pixels that a pointer moves before it drags. */
  const DRAG = 5;
  /** Pixels that an arrow key moves it. */
  const STEP = 24;
  /** Pixels of the button and of what stays free above and below it. */
  const [SIZE, EDGE] = [40, 8];
  /** Milliseconds that an answer is shown. */
  const TOLD = 4000;

  const STYLE = `
    :host {
      all: initial !important;
      position: fixed !important;
      top: var(--guidang-top) !important;
      left: var(--guidang-left) !important;
      right: var(--guidang-right) !important;
      z-index: 2147483647 !important;
    }
    div {
      --surface: light-dark(#ffffff, #1f2429);
      --line: light-dark(#c5ccd1, #4a535b);
      --text: light-dark(#1a2024, #e8ebed);
      --accent: light-dark(#0f766e, #2dd4bf);
      --danger: light-dark(#b42318, #ff9b8f);
      position: relative;
      display: flex;
      align-items: center;
      gap: 8px;
      font: 13px/1.4 system-ui, sans-serif;
      color: var(--text);
      touch-action: none;
    }
    [data-side="left"] { flex-direction: row-reverse; }
    button {
      margin: 0;
      padding: 0;
      border: 1px solid var(--line);
      border-radius: 50%;
      background: var(--surface);
      color: var(--accent);
      font: inherit;
      cursor: pointer;
    }
    button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
    #archive {
      flex: none;
      display: grid;
      place-items: center;
      width: ${SIZE}px;
      height: ${SIZE}px;
      opacity: 0.75;
    }
    #archive:is(:hover, :focus-visible), [data-state] #archive { opacity: 1; }
    [data-state="sending"] #archive { cursor: progress; }
    [data-state="failed"] #archive { border-color: var(--danger); color: var(--danger); }
    svg { width: 20px; height: 20px; fill: none; stroke: currentcolor; stroke-width: 1.5; }
    #hide {
      position: absolute;
      top: -8px;
      inset-inline-end: -4px;
      width: 20px;
      height: 20px;
      color: var(--text);
      font-size: 12px;
      line-height: 1;
      opacity: 0;
    }
    [data-side="left"] #hide { inset-inline: -4px auto; }
    div:is(:hover, :focus-within) #hide { opacity: 1; }
    p {
      margin: 0;
      padding: 6px 10px;
      border: 1px solid var(--line);
      border-radius: 6px;
      max-width: 260px;
      background: var(--surface);
    }
    p:empty { display: none; }
    @media print { div { display: none; } }
  `;
  const BOX = "M3 4.5h14v3.5h-14zM4 8v8h12v-8M8 11h4";

  /** @typedef {{archive: string, hide: string, sending: string, accepted: string, theme: string}} Wanted */
  /** @typedef {{side: "left" | "right", height: number}} Place - `height`: of 1, from the top. */

  const world = /** @type {{guidangLauncher?: boolean}} */ (globalThis);
  // Pages that were open when it was switched on have it from elsewhere.
  if (world.guidangLauncher || document.contentType !== "text/html") {
    return;
  }
  world.guidangLauncher = true;

  const host = document.createElement("guidang-launcher");
  const box = document.createElement("div");
  const archive = button("archive");
  const hide = button("hide");
  const told = document.createElement("p");
  /** @type {Place} */
  let place = { side: "right", height: 0.7 };
  /** @type {{x: number, y: number, moved: boolean} | null} */
  let drag = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  build();
  void look();
  chrome.storage.local.onChanged.addListener((changes) => {
    if (KEY in changes || HIDDEN in changes || PLACE in changes) {
      void look();
    }
  });

  /** Be there, or not, as the storage says. */
  async function look() {
    const kept = await chrome.storage.local.get([KEY, HIDDEN, PLACE]);
    const wanted = /** @type {Wanted | undefined} */ (kept[KEY]);
    const sites = /** @type {string[]} */ (kept[HIDDEN] ?? []);
    place = /** @type {Place} */ (kept[PLACE] ?? place);
    if (wanted === undefined || sites.includes(location.hostname)) {
      host.remove();
      return;
    }
    label(wanted);
    put();
    if (!host.isConnected) {
      document.documentElement.append(host);
    }
  }

  function build() {
    const root = host.attachShadow({ mode: "closed" });
    told.setAttribute("role", "status");
    archive.append(drawing());
    hide.textContent = "×";
    box.append(told, archive, hide);
    root.append(box);
    style(root);
    archive.addEventListener("click", (event) => void press(event));
    hide.addEventListener("click", (event) => void leave(event));
    archive.addEventListener("keydown", move);
    archive.addEventListener("pointerdown", begin);
    archive.addEventListener("pointermove", follow);
    archive.addEventListener("pointerup", end);
    archive.addEventListener("pointercancel", end);
  }

  /** @param {string} id */
  function button(id) {
    const made = document.createElement("button");
    made.id = id;
    made.type = "button";
    return made;
  }

  function drawing() {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    svg.setAttribute("viewBox", "0 0 20 20");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", BOX);
    svg.append(path);
    return svg;
  }

  /**
   * A sheet that is made by a script is not the page's to forbid; Firefox refuses it to extensions.
   * @param {ShadowRoot} root
   */
  function style(root) {
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      root.adoptedStyleSheets = [sheet];
    } catch {
      const sheet = document.createElement("style");
      sheet.textContent = STYLE;
      root.append(sheet);
    }
  }

  /** @param {Wanted} wanted */
  function label(wanted) {
    archive.title = archive.ariaLabel = wanted.archive;
    hide.title = hide.ariaLabel = wanted.hide;
    archive.dataset.sending = wanted.sending;
    archive.dataset.accepted = wanted.accepted;
    box.style.colorScheme = wanted.theme === "system" ? "light dark" : wanted.theme;
  }

  function put() {
    box.dataset.side = place.side;
    const top = Math.round(place.height * (innerHeight - SIZE - 2 * EDGE)) + EDGE;
    // What the sheet says with weight, nothing outside of it can change but by these.
    host.style.setProperty("--guidang-top", `${top}px`);
    host.style.setProperty("--guidang-left", place.side === "left" ? "12px" : "auto");
    host.style.setProperty("--guidang-right", place.side === "left" ? "auto" : "12px");
  }

  /** @param {MouseEvent} event */
  async function press(event) {
    // Only a person presses it, and who has moved it did not.
    if (!event.isTrusted || drag?.moved || box.dataset.state === "sending") {
      return;
    }
    tell("sending", archive.dataset.sending ?? "");
    try {
      const problem = /** @type {string} */ (await chrome.runtime.sendMessage(KEY));
      tell(problem === "" ? "accepted" : "failed", problem || (archive.dataset.accepted ?? ""));
      timer = setTimeout(() => tell("", ""), TOLD);
    } catch {
      host.remove(); // the extension has gone, or is another by now
    }
  }

  /**
   * @param {string} state
   * @param {string} text
   */
  function tell(state, text) {
    clearTimeout(timer);
    told.textContent = text;
    if (state === "") {
      delete box.dataset.state;
    } else {
      box.dataset.state = state;
    }
  }

  /** @param {MouseEvent} event */
  async function leave(event) {
    if (event.isTrusted) {
      const { [HIDDEN]: sites = [] } = await chrome.storage.local.get(HIDDEN);
      const all = new Set([.../** @type {string[]} */ (sites), location.hostname]);
      await chrome.storage.local.set({ [HIDDEN]: [...all] });
    }
  }

  /** @param {PointerEvent} event */
  function begin(event) {
    drag = { x: event.clientX, y: event.clientY, moved: false };
    archive.setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event */
  function follow(event) {
    if (drag === null || !archive.hasPointerCapture(event.pointerId)) {
      return;
    }
    const way = Math.hypot(event.clientX - drag.x, event.clientY - drag.y);
    if (drag.moved || way > DRAG) {
      drag.moved = true;
      place = {
        side: event.clientX < innerWidth / 2 ? "left" : "right",
        height: heightOf(event.clientY - SIZE / 2),
      };
      put();
    }
  }

  /** @param {PointerEvent} event */
  function end(event) {
    archive.releasePointerCapture(event.pointerId);
    if (drag?.moved) {
      void keepPlace();
    }
    // After the click that ends a drag.
    setTimeout(() => (drag = null));
  }

  /** @param {KeyboardEvent} event */
  function move(event) {
    const steps = /** @type {Record<string, number>} */ ({ ArrowUp: -STEP, ArrowDown: STEP });
    const step = steps[event.key];
    if (step !== undefined) {
      place = { ...place, height: heightOf(host.getBoundingClientRect().top + step) };
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      place = { ...place, side: event.key === "ArrowLeft" ? "left" : "right" };
    } else {
      return;
    }
    event.preventDefault();
    put();
    void keepPlace();
  }

  /** @param {number} top - Pixels from the top of the window. */
  function heightOf(top) {
    return Math.min(1, Math.max(0, (top - EDGE) / (innerHeight - SIZE - 2 * EDGE)));
  }

  function keepPlace() {
    return chrome.storage.local.set({ [PLACE]: place });
  }
})();
