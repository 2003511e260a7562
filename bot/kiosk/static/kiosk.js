// The next person finds nothing: asks whether somebody is still there, and otherwise wipes the screen, with or without a server.
// Each step is fetched and put in the place of the one before: whatever fails, the screen stays ours and the clock goes on.
"use strict";
(() => {
  const LOOK = 250; // milliseconds between two looks at the clock
  const POLL = 5000; // between two questions whether the hotline is done
  const STAY = 5; // seconds between two words to the server that somebody is still there
  const AGAIN = 3000; // until the next try to reach a server that does not answer
  const PATIENCE = 10000; // for an answer
  const SOON = 300; // seconds before the end from which on a phone counts them down
  const { home: START, at: AT, ended: NAME } = document.body.dataset; // of the door by which this page came
  const script = document.currentScript.src;
  let touched = moment();
  let told = touched;
  let untold = false; // whether somebody was here since the server last heard of it
  let ended = false;
  let sending = false;
  let step = 0; // of pages shown: what was asked for on an older one comes too late
  let undone = null; // what could not be sent
  let kept = "";
  let boxed = [null, 0]; // which box was ticked last, and when
  const timers = new Set();
  const windows = window.BroadcastChannel && new BroadcastChannel(NAME); // all that show the visit

  const find = (id) => document.getElementById(id);
  const page = () => document.body.dataset;
  const whose = () => page().whose ?? "1"; // the visit on show; 1: none
  const ofIt = () => new URLSearchParams({ whose: page().whose ?? "" });
  const soon = (work, wait) => timers.add(setTimeout(work, wait));

  // Seconds since a moment, by whichever clock says more: the one on the wall can be set back, the other may stop while a machine
  // sleeps. If the longer one is wrong, the server knows when somebody last pressed, and shows the visit again.
  function since(before) {
    return Math.max(...moment().map((now, clock) => now - before[clock])) / 1000;
  }

  function moment() {
    return [Date.now(), performance.now()];
  }

  function ask(path, fields, more) {
    const how = fields ? { method: "POST", body: fields } : {};
    const headers = { "Accept-Language": document.documentElement.lang }; // in which to say that something went wrong
    return fetch(path, { headers, cache: "no-store", signal: AbortSignal.timeout(PATIENCE), ...how, ...more });
  }

  // ---- one page in the place of another ----

  async function go(path, fields) {
    if (sending || ended) return;
    sending = true;
    const asked = step;
    const doable = await ask(path, fields).then(read, () => null);
    sending = false;
    if (ended || asked !== step) return;
    if (doable) show(...doable);
    else away(path, fields);
  }

  // A page of ours and its address; null for what somebody else answers.
  async function read(answer) {
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    return next.querySelector('script[src*="kiosk.js"]') && next.body.dataset.guard !== undefined ? [next, answer.url] : null;
  }

  function show(next, address) {
    const path = new URL(address).pathname;
    if (new URL(next.querySelector('script[src*="kiosk.js"]').getAttribute("src"), location).href !== script) return location.replace(path);
    for (const timer of timers) clearTimeout(timer);
    timers.clear();
    for (const name of ["lang", "class"]) document.documentElement.setAttribute(name, next.documentElement.getAttribute(name) ?? "");
    for (const unused of next.querySelectorAll("noscript")) unused.remove();
    document.title = next.title;
    document.body.replaceWith(document.adoptNode(next.body));
    history[path === location.pathname ? "replaceState" : "pushState"](null, "", path);
    scrollTo(0, 0);
    document.querySelector("[autofocus]")?.focus({ preventScroll: true });
    touched = told = moment();
    untold = false;
    arrived();
  }

  function arrived() {
    step += 1;
    undone = null;
    document.documentElement.style.setProperty("--unread", `${page().guard}ms`);
    find("print")?.removeAttribute("hidden");
    hush();
    audible();
    if (page().leaves) soon(() => go(START), 1000 * page().leaves);
    if (page().again) soon(() => go(START), 1000 * page().again);
    look();
  }

  function away(path, fields) {
    undone = [path, fields];
    if (!find("away").open) find("away").showModal();
    soon(again, AGAIN);
  }

  function again() {
    if (undone) go(...undone);
  }

  // ---- a press on what cannot have been read counts for nothing ----

  // The style sheet lets nothing be pressed for as long; keys press nothing either.
  function unread(event) {
    const arriving = document.getAnimations().some((one) => one.animationName === "unread" && one.playState === "running");
    if (!arriving || !event.isTrusted) return false;
    event.preventDefault();
    event.stopImmediatePropagation();
    return true;
  }

  // A finger that trembles ticks a box once.
  function trembled(event) {
    const again = event.target === boxed[0] && event.timeStamp - boxed[1] < Number(page().guard);
    if (again) event.preventDefault();
    else if (event.target.matches("[name=tick]")) boxed = [event.target, event.timeStamp];
    return again;
  }

  // ---- the end ----

  function empty() {
    ended = true;
    hush();
    const wiped = find("wiped")?.content.cloneNode(true);
    document.body.replaceChildren();
    if (wiped) document.body.append(wiped);
  }

  // The person says so.
  function end() {
    document.cookie = `${NAME}=${whose()}; path=/; secure; samesite=strict`; // tells the server, whenever it answers again
    windows?.postMessage(whose());
    blank(`${AT}/end`, ofIt());
  }

  // Nobody is here: the screen goes at once; the visit only if nobody pressed anything in another window either.
  function over() {
    blank(`${AT}/idle`, null);
  }

  // Somebody said so in another window: whatever is left of that visit is gone in a moment.
  function endedElsewhere() {
    if (ended || !page().idle) return;
    empty();
    setTimeout(blank, AGAIN, `${AT}/over`, null);
  }

  function blank(path, fields) {
    const retry = () => setTimeout(blank, AGAIN, path, fields);
    if (!ended) empty();
    ask(path, fields, { keepalive: true }).then(async (answer) => {
      const next = answer.ok && (await read(answer));
      if (!next) return retry();
      ended = false;
      show(...next);
    }).catch(retry);
  }

  // ---- whether somebody is there ----

  function stay() {
    touched = moment();
    if (find("idle")?.open) find("idle").close();
    tell();
  }

  function tell() {
    told = moment();
    untold = false;
    ask(`${AT}/stay`, ofIt(), { redirect: "manual" })
      .then((answer) => { if (answer.type === "opaqueredirect") go(`${AT}/over`); }, () => {});
  }

  function active() {
    if (ended || find("idle")?.open) return;
    touched = moment();
    untold = true;
  }

  function look() {
    if (ended || !page().idle) return;
    const warning = Number(page().warning);
    const left = Number(page().idle) + warning - since(touched);
    if (left <= 0) return over();
    if (untold && since(told) > STAY) tell();
    count(Math.ceil(left), warning);
    if (left > warning || find("idle").open) return;
    find("idle").showModal();
  }

  function count(left, warning) {
    const clock = find("clock");
    clock.hidden = left > Math.max(SOON, 10 * warning);
    clock.textContent = clock.dataset.says.replace("{left}", `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`);
    find("left").textContent = left;
  }

  // Who has the visit on show: the hotline (yes), the person here (no), nobody any more (gone).
  async function whoHasIt() {
    const [has, which] = (await (await ask(`${AT}/held`, null)).text()).split(" ");
    return which === page().whose ? has : "gone";
  }

  function poll() {
    const held = page().held;
    if (ended || !held) return;
    whoHasIt().then((now) => { if (now !== held && held === page().held) go(now === "gone" ? `${AT}/over` : START); }, () => {});
  }

  // Who comes back to a window finds nothing in it of what was ended meanwhile.
  function back() {
    if (ended || document.hidden || !page().whose) return;
    whoHasIt().then((now) => { if (now === "gone") endedElsewhere(); }, () => {});
  }

  // ---- the sheet is taken along: its number stays ----

  function keep() {
    if (!page().number || kept === page().number) return;
    kept = page().number;
    ask(`${AT}/keep`, ofIt(), { redirect: "manual", keepalive: true })
      .catch(() => { kept = ""; soon(keep, AGAIN); });
  }

  // ---- the screen read out: by a voice of this machine, never by one that sends the words away ----

  const voices = () => window.speechSynthesis?.getVoices() ?? [];
  const voice = () => voices().find((one) => one.localService && one.lang.slice(0, 2) === document.documentElement.lang.slice(0, 2));

  function audible() {
    find("aloud")?.toggleAttribute("hidden", !voice());
  }

  function hush() {
    window.speechSynthesis?.cancel();
    find("aloud")?.setAttribute("aria-pressed", "false");
  }

  function readOut(button) {
    if (button.getAttribute("aria-pressed") === "true") return hush();
    const parts = document.querySelectorAll("#ask, .hint, .choices > .choice, .choices > label, .head h2, .head p, .head li");
    const text = [...parts].map((part) => part.innerText).join("。\n");
    const said = Object.assign(new SpeechSynthesisUtterance(text), { voice: voice(), lang: document.documentElement.lang, rate: 0.9 });
    said.onend = said.onerror = hush;
    button.setAttribute("aria-pressed", "true");
    speechSynthesis.speak(said);
  }

  // ---- what is pressed ----

  function clicked(event) {
    if (unread(event) || trembled(event)) return;
    const pressed = event.target.closest("button, a[href]");
    if (!pressed) return;
    if (pressed.matches("#stay")) stay();
    else if (pressed.matches("#aloud")) readOut(pressed);
    else if (pressed.matches("#go, .leave")) end();
    else if (pressed.matches("#again")) again();
    else if (pressed.matches("#print")) { keep(); print(); }
    else if (pressed.matches('a[href^="/"]:not([href$=".pdf"])') && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      go(pressed.getAttribute("href"));
    }
  }

  function submitted(event) {
    const form = event.target, button = event.submitter;
    event.preventDefault();
    if (unread(event) || ended) return;
    if (form.id === "end") return end();
    const path = button?.getAttribute("formaction") ?? form.getAttribute("action");
    go(path, new URLSearchParams(new FormData(form, button)));
  }

  addEventListener("click", clicked, true);
  addEventListener("submit", submitted, true);
  addEventListener("cancel", (event) => { if (event.target.id === "idle") stay(); else event.preventDefault(); }, true);
  addEventListener("beforeprint", keep);
  addEventListener("popstate", () => go(location.pathname));
  for (const event of ["pointerdown", "keydown", "input", "wheel", "scroll"]) addEventListener(event, active, { passive: true });
  window.speechSynthesis?.addEventListener("voiceschanged", audible);
  windows?.addEventListener("message", (event) => { if (event.data === whose()) endedElsewhere(); });
  document.addEventListener("visibilitychange", back);
  setInterval(look, LOOK);
  setInterval(poll, POLL);
  arrived();
  // A page that was left is kept by the browser with nothing on it, and is asked for anew when it comes back.
  addEventListener("pagehide", (event) => { if (event.persisted) empty(); });
  addEventListener("pageshow", (event) => { if (event.persisted) { empty(); location.replace(START); } });
})();
