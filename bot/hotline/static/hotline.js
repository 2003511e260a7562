// The agent's screen by keyboard. Everything here only presses what is on the page; without it the page works by hand.
"use strict";

const typing = (element) => element.matches("textarea:not([readonly]), select, input:not([type=checkbox], [type=hidden])");
const byKey = (key) => document.querySelector(`[data-key="${CSS.escape(key)}"]`);

// ---- how long the call has lasted: counted from what the server said, whatever this machine's clock says ----

const lasted = document.getElementById("lasted");
const opened = performance.now();
if (lasted) setInterval(() => {
  const seconds = Number(lasted.dataset.seconds) + Math.floor((performance.now() - opened) / 1000);
  lasted.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}, 1000);

// ---- keys ----

let leaving = false; // the answer is on its way: the next key is meant for the next question
window.addEventListener("submit", (event) => { leaving ||= !event.defaultPrevented; });
window.addEventListener("pageshow", () => { leaving = false; });

// Milliseconds in which a press or an Enter was still meant for the page before, unless something was done on this one.
const GUARD = Number(document.body.dataset.guard ?? 0);
const HASTE = Math.max(300, GUARD);
const shown = performance.now();
let used = false;
const use = () => { used = true; };
document.addEventListener("input", use);
document.addEventListener("change", () => {
  use();
  document.getElementById("unticked")?.setAttribute("hidden", "");
});
document.addEventListener("click", (event) => {
  const arriving = document.getAnimations().some((one) => one.animationName === "unread" && one.playState === "running");
  if (used || !event.isTrusted || !arriving) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

function press(element) {
  if (element.matches("textarea, input:not([type=checkbox])")) {
    element.focus();
    element.select();
  } else {
    if (element.matches("summary")) element.focus();
    element.click();
  }
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (leaving) return event.preventDefault();
  if (typing(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.repeat) return;
  const menu = event.key === "Escape" && document.querySelector("details[open]:has(> summary[data-key])");
  if (menu) {
    menu.open = false;
    return event.preventDefault();
  }
  if (event.key === "Enter" && !used && event.timeStamp - shown < HASTE) return event.preventDefault();
  const supposed = event.shiftKey && document.querySelector(`[data-what-if="${CSS.escape(plainKey(event))}"]`);
  const found = supposed || (event.key === "Enter" ? tickedDone(event.target) : byKey(event.key));
  if (!found) return;
  event.preventDefault();
  use();
  press(found);
});

// The key without Shift: "!" is Shift and "1".
function plainKey(event) {
  return event.code.replace(/^(Digit|Key)/, "").toLowerCase();
}

// Enter where nothing else would take it: what is ticked is what was said.
function tickedDone(target) {
  return target.matches("button, a, summary") ? null : document.querySelector("[data-enter]");
}

// A page that shows what was heard is the answer to a form: loaded once more it is the call's own, without the caller's words.
if (location.pathname.endsWith("/turn")) history.replaceState(null, "", location.pathname.replace(/\/turn$/, ""));

// In the box for the caller's words Enter is the end of them; a new line is Shift and Enter.
document.getElementById("told")?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.repeat) return;
  event.preventDefault();
  if (!leaving && event.target.value.trim()) event.target.form.requestSubmit(event.target.form.querySelector("button"));
});

// What is ticked was sent, and nothing is: it stays here, and the page says what to do.
document.addEventListener("submit", (event) => {
  if (!event.submitter?.closest(".together") || event.target.querySelector(":checked")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  document.getElementById("unticked").hidden = false;
});

// ---- the search, as it is typed ----

let asked = 0;

async function part(form, button, id) {
  const number = ++asked;
  const body = new URLSearchParams(new FormData(form, button));
  const answer = await fetch(button?.formAction ?? form.action, { method: "POST", body, redirect: "manual" });
  if (answer.type === "opaqueredirect") location.reload(); // the login is over: the page says so
  if (!answer.ok || number !== asked) return false;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.getElementById(id).replaceWith(page.getElementById(id));
  return true;
}

const q = document.getElementById("q");
let waiting;

q?.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => part(q.form, null, "found").catch(() => {}), 120);
});

q?.form.addEventListener("submit", async (event) => {
  event.preventDefault();
  clearTimeout(waiting);
  if (!(await part(q.form, null, "found").catch(() => false))) return q.form.submit();
  const first = document.querySelector("#found .hit");
  if (first?.matches(".records")) first.focus(); // what keeps an answer wants a press of its own
  else first?.click(); // what only opens does so at once
});

document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const places = [q, ...document.querySelectorAll("#found .hit")];
  const here = places.indexOf(document.activeElement);
  if (!step || !q || here < 0 || !places[here + step]) return;
  event.preventDefault();
  places[here + step].focus();
});

// ---- what if, without leaving the page ----

document.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (button?.name !== "if") return;
  event.preventDefault();
  if (!(await part(event.target, button, "supposed").catch(() => false))) location.reload();
});

// ---- the sheet ----

const copy = document.getElementById("copy");
copy?.removeAttribute("hidden");
copy?.addEventListener("click", async () => {
  const text = document.getElementById("text");
  text.select();
  const done = navigator.clipboard
    ? await navigator.clipboard.writeText(text.value).then(() => true, () => false)
    : document.execCommand("copy");
  document.getElementById("copied").textContent = done ? "复制好了" : "已经选中，请按 Ctrl+C";
});

const print = document.getElementById("print");
print?.removeAttribute("hidden");
print?.addEventListener("click", () => window.print());
