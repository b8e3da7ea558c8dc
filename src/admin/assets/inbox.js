// Keeps the hand-overs live: an event says which one has changed, and the page fetches what it shows. One stream serves all
// tabs of a browser, because a browser opens six connections to a server at most.

const root = document.getElementById("handovers") ?? document.getElementById("conversation");
const base = root.dataset.live;
const own = root.dataset.path;
const title = document.title;

// ── what has changed ────────────────────────────────────────────────────────────────────────────────────────────────

const SILENT = 45_000;
const channel = "BroadcastChannel" in window ? new BroadcastChannel("wenlu.handovers") : undefined;
let last;

function listen() {
  leads = true;
  let source, alive;
  const open = () => {
    source?.close();
    source = new EventSource(`${base}/events${last === undefined ? "" : `?after=${last}`}`);
    const heard = (event) => {
      last = Number(event.lastEventId) || last;
      alive = Date.now();
      tell({ live: true });
    };
    source.addEventListener("hello", heard);
    source.addEventListener("handover", (event) => {
      heard(event);
      tell(JSON.parse(event.data));
    });
    source.addEventListener("presence", (event) => {
      alive = Date.now();
      tell({ presence: JSON.parse(event.data) });
    });
    source.addEventListener("error", () => {
      tell({ live: false });
      if (source.readyState === EventSource.CLOSED) setTimeout(open, 5_000 * (1 + Math.random()));
    });
    alive = Date.now();
  };
  open();
  // A laptop that slept keeps a stream that says nothing any more.
  setInterval(() => {
    if (source.readyState !== EventSource.OPEN && Date.now() - alive > SILENT) open();
  }, 15_000);
}

function tell(news) {
  channel?.postMessage(news);
  hear(news);
}

function hear(news) {
  if ("live" in news) {
    document.getElementById("live").hidden = news.live;
    if (news.live) return;
  }
  if (news.presence) return drawPresence(news.presence);
  refresh();
}

// ── what the page shows ─────────────────────────────────────────────────────────────────────────────────────────────

let fetching, again;

// One fetch at a time; what changes meanwhile is fetched after it.
async function refresh() {
  if (fetching) return void (again = true);
  fetching = true;
  try {
    await (own ? refreshTalk() : Promise.resolve());
    await refreshList();
  } catch (error) {
    console.error(error);
  }
  fetching = false;
  if (again) {
    again = false;
    refresh();
  }
}

async function part(path) {
  const response = await fetch(path, { redirect: "manual" });
  if (response.type === "opaqueredirect") location.reload();
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

// How many waited when this page last looked; before that, nobody is news.
let known = Infinity;

async function refreshList() {
  const fetched = await part(`${base}/part`);
  const waiting = Number(fetched.getElementById("list")?.dataset.waiting ?? 0);
  if (waiting > known) ring(waiting);
  known = waiting;
  document.title = waiting ? `(${waiting}) ${title}` : title;
  if (own) return;
  const at = document.activeElement?.closest("#handovers a")?.getAttribute("href");
  root.replaceChildren(...fetched.body.childNodes);
  if (at) root.querySelector(`a[href="${CSS.escape(at)}"]`)?.focus({ preventScroll: true });
}

async function refreshTalk() {
  const said = document.getElementById("said");
  const fetched = await part(`${own}/part?after=${said.dataset.seq}`);
  const news = fetched.getElementById("said");
  const atEnd = innerHeight + scrollY > document.documentElement.scrollHeight - 400;
  said.append(...news.children);
  said.dataset.seq = news.dataset.seq;
  const [state, now] = [document.getElementById("state"), fetched.getElementById("state")];
  // what somebody is choosing stays, unless it is over
  const key = (node) => node.querySelector("p").textContent;
  if (key(state) !== key(now)) state.replaceWith(now);
  const free = "free" in now.dataset;
  for (const field of document.querySelectorAll("#reply fieldset")) field.disabled = !free;
  for (const seq of document.querySelectorAll(".write [name=seq]")) seq.value = news.dataset.seq;
  if (atEnd) said.lastElementChild?.scrollIntoView({ block: "nearest" });
}

// ── who reads and writes here ──

const number = Number(root.dataset.number);

function drawPresence({ id, asker, reads, writes }) {
  if (id !== number) return;
  const line = document.getElementById("doing");
  const others = [[writes, " 正在写"], [reads, " 也在看"]].filter(([names]) => names.length);
  line.textContent = [asker ? "客人正在输入…" : "", ...others.map(([names, does]) => names.join("、") + does)].filter(Boolean).join("　");
}

const ACTIVE = 10_000;
const AGAIN = 5_000;
let doing = "reads";
let told = 0;

// What is done here: at most every five seconds, unless it changes, and only while somebody looks.
async function tellDoing(now) {
  if (document.hidden || (now === doing && Date.now() - told < AGAIN)) return;
  [doing, told] = [now, Date.now()];
  const body = new URLSearchParams({ doing, form_token: document.querySelector("[name=form_token]").value });
  try {
    await fetch(`${own}/presence`, { method: "POST", body, redirect: "manual" });
  } catch {
    // it is told again soon
  }
}

if (own) {
  let typed = 0;
  for (const field of document.querySelectorAll(".write textarea")) {
    field.addEventListener("input", () => {
      typed = field.value ? Date.now() : 0;
      tellDoing(!field.value ? "reads" : field.closest("#note") ? "notes" : "writes");
    });
  }
  const look = () => Date.now() - typed < ACTIVE || tellDoing("reads");
  setInterval(look, ACTIVE);
  document.addEventListener("visibilitychange", look);
  look();
}

// ── a sound, and a notification, for who begins to wait ──

const bell = document.getElementById("bell");
const BELL = "wenlu.bell";
let leads = false;
let audio;

function wantsBell() {
  try {
    return localStorage.getItem(BELL) === "on";
  } catch {
    return false;
  }
}

function setBell(on) {
  try {
    localStorage.setItem(BELL, on ? "on" : "off");
  } catch {
    // storage is off: nothing is remembered, and it stays off
  }
}

// A browser gives a page no sound before somebody has pressed something in it.
async function wake() {
  if (!wantsBell()) return;
  audio ??= new AudioContext();
  await audio.resume();
  drawBell();
}

function drawBell() {
  const on = wantsBell();
  const silent = on && audio?.state !== "running";
  const refused = on && "Notification" in window && Notification.permission === "denied";
  bell.hidden = false;
  bell.setAttribute("aria-pressed", String(on));
  document.getElementById("bell-state").textContent = [
    on ? "提醒已打开。" : "",
    silent ? "在页面上点一下，才能出声。" : "",
    refused ? "浏览器不让弹出通知，可以在网站设置里允许。" : "",
  ].join("");
}

// One tab of a browser speaks for all.
function ring(waiting) {
  if (!leads || !wantsBell()) return;
  if (audio?.state === "running") {
    for (const [at, pitch] of [[0, 880], [0.18, 1175]]) beep(audio.currentTime + at, pitch);
  }
  if (!document.hidden || !("Notification" in window) || Notification.permission !== "granted") return;
  try {
    new Notification("有客人在等", { body: `${waiting} 位在等`, tag: "wenlu.handovers" });
  } catch {
    // Chrome on Android lets only service workers notify: the sound and the title remain
  }
}

function beep(at, pitch) {
  const [tone, volume] = [audio.createOscillator(), audio.createGain()];
  tone.frequency.value = pitch;
  volume.gain.setValueAtTime(0.15, at);
  volume.gain.exponentialRampToValueAtTime(0.001, at + 0.16);
  tone.connect(volume).connect(audio.destination);
  tone.start(at);
  tone.stop(at + 0.17);
}

bell.addEventListener("click", async () => {
  setBell(!wantsBell());
  if (wantsBell() && "Notification" in window && Notification.permission === "default") Notification.requestPermission().then(drawBell);
  await wake();
  drawBell();
});
addEventListener("pointerdown", wake);
addEventListener("keydown", wake);
drawBell();

// ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const newId = () => [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

function keepDraft(form) {
  const field = form.elements.text;
  const key = `wenlu.draft ${form.getAttribute("action")}`;
  try {
    field.value ||= sessionStorage.getItem(key) ?? "";
    field.addEventListener("input", () => sessionStorage.setItem(key, field.value));
  } catch {
    // storage is off: the draft lives as long as the page
  }
  return () => {
    field.value = "";
    try {
      sessionStorage.removeItem(key);
    } catch {
      // as above
    }
  };
}

// Sends without leaving the page: what was done leads to another page, and what was not to one that says why.
async function post(path, init) {
  const response = await fetch(path, { method: "POST", redirect: "manual", ...init });
  if (response.type === "opaqueredirect") return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  throw new Error((page.querySelector("#why p") ?? page.querySelector("main p:not(.brand)"))?.textContent || "没有发出。");
}

function whyNot(error) {
  return error instanceof TypeError ? "没有发出：连不上服务器，请再试一次。" : error.message;
}

// The id stays until it has arrived, so that what is sent again counts once.
async function send(form, forget) {
  const warning = form.parentElement.querySelector("[role=alert]");
  const button = form.querySelector("button:not([type=button])");
  // at once: by the time the answer comes somebody may be writing in another field
  form.elements.text.focus();
  button.disabled = true;
  warning.hidden = true;
  try {
    await post(form.action, { body: new URLSearchParams(new FormData(form)) });
    form.elements.id.value = newId();
    forget();
    doing = "reads";
    await refresh();
  } catch (error) {
    warning.textContent = whyNot(error);
    warning.hidden = false;
    refresh();
  }
  button.disabled = false;
}

for (const form of document.querySelectorAll(".write form")) {
  const forget = keepDraft(form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form, forget);
  });
  form.elements.text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) form.requestSubmit();
  });
}

// ── pictures and files ──────────────────────────────────────────────────────────────────────────────────────────────

const box = document.getElementById("file-box");
const said = (message) => (document.getElementById("file-state").textContent = message);

// The bytes as they are; the token of the form goes beside them. The id stays while the same file is tried again.
async function sendFile(file) {
  const form = document.querySelector("#reply form");
  file.uploadId ??= newId();
  said("正在发…");
  try {
    const query = new URLSearchParams({ id: file.uploadId, name: file.name });
    const headers = { "x-form-token": form.elements.form_token.value, "content-type": "application/octet-stream" };
    await post(`${box.dataset.path}?${query}`, { headers, body: file });
    said("已发出。");
    await refresh();
  } catch (error) {
    said(whyNot(error));
  }
}

async function sendFiles(files) {
  for (const file of files) await sendFile(file);
}

if (box) {
  const [chosen, field] = [document.getElementById("file"), document.querySelector("#reply textarea")];
  chosen.addEventListener("change", async () => {
    await sendFiles([...chosen.files]);
    chosen.value = "";
  });
  field.addEventListener("paste", (event) => {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    sendFiles([...event.clipboardData.files]);
  });
  for (const place of [box, document.getElementById("reply")]) {
    place.addEventListener("dragover", (event) => event.preventDefault());
    place.addEventListener("drop", (event) => {
      if (!event.dataTransfer.files.length) return;
      event.preventDefault();
      sendFiles([...event.dataTransfer.files]);
    });
  }
}

// ── replies at hand ─────────────────────────────────────────────────────────────────────────────────────────────────

const canned = document.getElementById("canned");
const options = canned ? [...canned.querySelectorAll("li")] : [];

// What is typed after / at the caret; undefined: nothing is being searched.
function wanted(field) {
  return /(?:^|\s)\/([^\s/]*)$/.exec(field.value.slice(0, field.selectionStart))?.[1].toLowerCase();
}

function choose(field, option) {
  for (const one of options) one.setAttribute("aria-selected", one === option);
  if (option) field.setAttribute("aria-activedescendant", option.id);
  else field.removeAttribute("aria-activedescendant");
  option?.scrollIntoView({ block: "nearest" });
}

const chosen = () => options.find((one) => one.getAttribute("aria-selected") === "true");

function search(field) {
  const word = wanted(field);
  for (const one of options) one.hidden = Boolean(word) && !one.dataset.search.includes(word);
  if (word === undefined) return choose(field);
  canned.open = true;
  choose(field, options.find((one) => !one.hidden));
}

function insert(field, option) {
  const typed = wanted(field);
  const end = field.selectionStart;
  const start = typed === undefined ? end : end - typed.length - 1;
  field.setRangeText(option.querySelector(".said").textContent, start, end, "end");
  field.dispatchEvent(new Event("input"));
  canned.open = false;
  field.focus();
}

function walk(field, event) {
  const now = chosen();
  if (!now || event.isComposing || event.ctrlKey || event.metaKey) return;
  const shown = options.filter((one) => !one.hidden);
  const at = shown.indexOf(now);
  const act = {
    ArrowDown: () => choose(field, shown[(at + 1) % shown.length]),
    ArrowUp: () => choose(field, shown[(at + shown.length - 1) % shown.length]),
    Enter: () => insert(field, now),
    Escape: () => (choose(field), (canned.open = false)),
  }[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

const reply = document.querySelector("#reply textarea");
if (canned && reply) {
  reply.addEventListener("input", () => search(reply));
  reply.addEventListener("keydown", (event) => walk(reply, event));
  for (const one of options) one.addEventListener("click", () => insert(reply, one));
}

// ── one stream a browser ────────────────────────────────────────────────────────────────────────────────────────────

channel?.addEventListener("message", (event) => hear(event.data));
if (channel && navigator.locks) navigator.locks.request("wenlu.handovers", () => new Promise(listen));
else listen();
if (own) document.getElementById("said").lastElementChild?.scrollIntoView({ block: "end" });
refresh();
