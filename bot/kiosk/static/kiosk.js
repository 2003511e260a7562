// The next person finds nothing: asks whether somebody is still there, and otherwise wipes the screen, with or without a server.
"use strict";
(() => {
  const LOOK = 250; // milliseconds between two looks at the clock
  const POLL = 5000; // between two questions whether the hotline is done
  const STAY = 30000; // between two words to the server that somebody is still there
  const AGAIN = 3000; // until the next try to reach a server that does not answer
  const START = "/kiosk";
  const page = document.body.dataset;
  const dialog = document.getElementById("idle");
  const wiped = document.getElementById("wiped");
  let touched = Date.now();
  let told = touched;
  let ended = false;

  const post = (path) =>
    fetch(path, { method: "POST", body: new URLSearchParams(), redirect: "manual", cache: "no-store", keepalive: true });
  const restart = () => location.replace(START);

  function blank() {
    ended = true;
    document.body.replaceChildren();
    if (wiped) document.body.append(wiped.content.cloneNode(true));
  }

  function end() {
    if (!ended) blank();
    post("/kiosk/end").then((answer) => (answer.type === "opaqueredirect" ? restart() : later()), later);
  }

  const later = () => setTimeout(end, AGAIN);

  function stay() {
    touched = told = Date.now();
    if (dialog.open) dialog.close();
    post("/kiosk/stay").then((answer) => { if (answer.type === "opaqueredirect" && !ended) restart(); }, () => {});
  }

  function active() {
    if (ended || dialog.open) return;
    touched = Date.now();
    if (touched - told > STAY) stay();
  }

  function look() {
    if (ended) return;
    const left = Number(page.idle) + Number(page.warning) - (Date.now() - touched) / 1000;
    if (left <= 0) return end();
    if (left > Number(page.warning)) return;
    document.getElementById("left").textContent = Math.ceil(left);
    if (!dialog.open) dialog.showModal();
  }

  function watch() {
    for (const event of ["pointerdown", "keydown", "input", "wheel", "scroll"]) addEventListener(event, active, { passive: true });
    document.getElementById("stay").addEventListener("click", stay);
    document.getElementById("go").addEventListener("click", end);
    dialog.addEventListener("cancel", stay);
    setInterval(look, LOOK);
  }

  function poll() {
    if (ended) return;
    fetch("/kiosk/held", { cache: "no-store" })
      .then((answer) => answer.text())
      .then((held) => { if (held !== page.held && !ended) restart(); }, () => {});
  }

  if (page.idle && dialog) watch();
  if (page.held) setInterval(poll, POLL);
  if (page.leaves) setTimeout(restart, 1000 * page.leaves);
  // A page that was left is kept by the browser with nothing on it, and is asked for anew when it comes back.
  addEventListener("pagehide", (event) => { if (event.persisted) blank(); });
  addEventListener("pageshow", (event) => { if (event.persisted) { blank(); restart(); } });
})();
