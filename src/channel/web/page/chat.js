// The chat page: what is pressed and typed goes to the server, what comes back is drawn and remembered.

import { drawAsker, drawBot, make, picture } from "./draw.js";
import { Failed, freshChat, identify, keep, listen, loadChat, mergeChat, newId, past, recall, remember, saveChat, send, sendComment, upload } from "./talk.js";
import { attachments } from "./files.js";
import { saveTranscript } from "./transcript.js";
import { suggestions } from "./type.js";
import { typingHints } from "./hints.js";
import { lang, speak, word } from "./words.js";

const $ = (id) => document.getElementById(id);
const [talk, log, typing, form, text] = ["talk", "log", "typing", "form", "text"].map($);

let chat = loadChat();
// Messages go one after the other, so that they are answered in the order in which they were sent.
let queue = Promise.resolve();

const on = { retry: resend, press, comment };

// ── drawing ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function drawEntry(entry) {
  return entry.reply ? drawBot(entry, on) : drawAsker(entry, on);
}

function redraw(entry) {
  log.querySelector(`[data-id="${CSS.escape(entry.id)}"]`)?.replaceWith(drawEntry(entry));
}

function redrawAll() {
  // What was said before is not news: a screen reader need not read all of it again.
  log.setAttribute("aria-live", "off");
  log.replaceChildren(...chat.entries.map(drawEntry));
  requestAnimationFrame(() => log.setAttribute("aria-live", "polite"));
  talk.scrollTop = talk.scrollHeight;
}

function add(entry) {
  entry.at = Date.now();
  keep(entry);
  chat.entries.push(entry);
  log.append(drawEntry(entry));
}

// To the end, but never past the beginning of what has just been said.
function scrollTo(node) {
  const end = talk.scrollHeight - talk.clientHeight;
  const top = node ? Math.min(end, node.offsetTop - 12) : end;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  talk.scrollTo({ top, behavior: calm ? "auto" : "smooth" });
}

// ── sending ─────────────────────────────────────────────────────────────────────────────────────────────────────────

// Who wants to know that something was said: `who` is `asker` or `bot`; or that a new conversation begins: `new`.
const listeners = [];
export const onTurn = (listener) => listeners.push(listener);
const turned = (who) => listeners.forEach((listener) => listener(who));

// What somebody types, or the page around the chat asks for them.
export const ask = (typed) => say(typed, { text: typed });

// Files that are chosen and not sent yet: they are not remembered beyond this page.
const chosen = new Map();

// Either a body, or a file of which it is made.
function say(shown, body, file) {
  const entry = { id: newId(), shown, body, state: "sending" };
  if (file) chosen.set(entry.id, file);
  add(entry);
  saveChat(chat);
  scrollTo();
  hints.stop();
  deliver(entry);
  turned("asker");
}

// What a message says; a file is sent before the message that brings it.
async function bodyOf(entry) {
  if (entry.body) return entry.body;
  const file = chosen.get(entry.id);
  if (!file) throw new Failed("file_again", "", false);
  entry.file = await upload(chat.conversation, entry.id, file);
  chosen.delete(entry.id);
  return (entry.body = { file: entry.file.id });
}

function resend(entry) {
  keep(entry);
  entry.state = "sending";
  redraw(entry);
  deliver(entry);
}

function deliver(entry) {
  const mine = chat;
  enqueue(async () => {
    try {
      const answer = await request(entry.id, await bodyOf(entry));
      if (mine !== chat) return;
      entry.state = "sent";
      redraw(entry);
      hear(answer.replies, entry.id);
      attend(answer.person);
    } catch (error) {
      entry.state = error instanceof Failed && !error.again ? "refused" : "failed";
      entry.why = explain(error);
      if (mine !== chat) return;
      redraw(entry);
      scrollTo();
    }
    saveChat(chat);
  });
}

// Shows the replies: the asker sees the first of them from its beginning. `to` names what they answer, so that each is
// the same in all tabs.
function hear(replies, to) {
  let first;
  for (const [index, reply] of replies.entries()) {
    add({ id: `${to}-${index}`, reply });
    first ??= log.lastElementChild;
  }
  if (first) scrollTo(first);
  if (first && !first.dataset.id.startsWith("start-")) turned("bot");
}

// Once a person took part, they may write at any time: after the end, too, when something comes to their mind.
let line;

function attend(person) {
  chat.person ||= person;
  // a person who said something may say more; one who was only called is expected until the hand-over is over
  chat.expects = person;
  allowFiles(Boolean(chat.expects));
  if (chat.person) line ??= listen(chat.conversation, chat.heard ?? 0, overhear(chat), hints.show);
}

function hangUp() {
  line?.close();
  line = undefined;
}

function overhear(mine) {
  return (reply, number) => {
    if (mine !== chat || number <= (chat.heard ?? 0)) return;
    chat.heard = number;
    if (reply.from_person) chat.expects = true;
    allowFiles(Boolean(chat.expects));
    const id = `told-${number}`;
    // another tab may have shown it already
    if (!chat.entries.some((entry) => entry.id === `${id}-0`)) hear([reply], id);
    saveChat(chat);
  };
}

async function request(id, body) {
  const soon = setTimeout(() => {
    hints.wait(true);
    scrollTo();
  }, 250);
  try {
    return await send(chat.conversation, id, body);
  } finally {
    clearTimeout(soon);
    hints.wait(false);
  }
}

function enqueue(task) {
  queue = queue.then(task).catch((error) => console.error(error));
}

// In the page's own words, or in the server's, which are Chinese.
function explain(error) {
  if (!(error instanceof Failed)) console.error(error);
  const told = error instanceof Failed && lang() === "zh" && error.message;
  return word("errors")[error.code] || told || word("failed");
}

// ── buttons ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function press(entry, button) {
  const way = document.activeElement?.dataset.way;
  if (/^(p|yes|no|rate):/.test(button.data) && entry.reply) return pressQuietly(entry, button, way);
  keep(entry);
  entry.pressed = button.data;
  redraw(entry);
  say(button.label, { button: button.data });
}

// Walking through steps changes the message in place; feedback marks the button. Neither is something that was said.
function pressQuietly(entry, button, way) {
  const mine = chat;
  keep(entry);
  entry.tried = entry.tried?.data === button.data ? entry.tried : { data: button.data, id: newId() };
  enqueue(async () => {
    try {
      const { replies, person } = await request(entry.tried.id, { button: button.data });
      if (mine !== chat) return;
      status("");
      walk(entry, button, replies, entry.tried.id);
      attend(person);
      focusAgain(entry, way);
    } catch (error) {
      const why = explain(error);
      if (mine === chat) status(why);
    }
    saveChat(chat);
  });
}

function walk(entry, button, replies, id) {
  const step = button.data.startsWith("p:");
  if (!step) entry.pressed = button.data;
  if (/^(no|rate):/.test(button.data)) entry.judged = id;
  delete entry.tried;
  const rest = step ? replies.filter((reply) => !takeIn(entry, reply)) : replies;
  redraw(entry);
  hear(rest, id);
}

// What was not clear in an answer that did not help: one line, for those who write the answers.
function comment(entry, typed) {
  const mine = chat;
  if (!typed.trim()) return;
  keep(entry);
  enqueue(async () => {
    try {
      await sendComment(chat.conversation, entry.judged, typed.trim());
      if (mine !== chat) return;
      status("");
      entry.commented = true;
      redraw(entry);
      text.focus({ preventScroll: true });
    } catch (error) {
      const why = explain(error);
      if (mine === chat) status(why);
    }
    saveChat(chat);
  });
}

// A reply with the same steps is the same message, further on.
function takeIn(entry, reply) {
  const steps = (of) => JSON.stringify(of.steps.map((step) => step.text));
  if (!reply.steps.length || steps(reply) !== steps(entry.reply)) return false;
  const blocks = reply.blocks.length ? reply.blocks : entry.reply.blocks;
  const isStep = (button) => button.data.startsWith("p:");
  const others = new Map([...entry.reply.buttons, ...reply.buttons].filter((button) => !isStep(button)).map((button) => [button.data, button]));
  entry.reply = { ...reply, blocks, buttons: [...reply.buttons.filter(isStep), ...others.values()] };
  return true;
}

function focusAgain(entry, way) {
  if (!way) return;
  const node = log.querySelector(`[data-id="${CSS.escape(entry.id)}"]`);
  const next = node?.querySelector(`[data-way="${way}"]`) ?? node?.querySelector("[data-way]");
  next?.focus({ preventScroll: true });
}

// ── the conversation as a whole ─────────────────────────────────────────────────────────────────────────────────────

function open() {
  const mine = chat;
  enqueue(async () => {
    try {
      const { replies } = await request(`start-${chat.conversation}`.slice(0, 128), { start: true, lang: lang() });
      if (mine === chat && !chat.entries.some((entry) => entry.opening)) {
        status("");
        hear(replies, `start-${chat.conversation}`);
        chat.entries.slice(-replies.length).forEach((entry) => (entry.opening = true));
        talk.scrollTop = 0;
      }
    } catch (error) {
      const why = explain(error);
      if (mine === chat) log.replaceChildren(make("p", { class: "note-failed", role: "alert" }, why,
        make("button", { type: "button", class: "retry", onclick: startOver }, word("retry"))));
    }
    saveChat(chat);
  });
}

export function startOver() {
  hangUp();
  chat = freshChat();
  allowFiles(false);
  saveChat(chat);
  redrawAll();
  status("");
  turned("new");
  open();
}

// Who asks, as their site says. They may have a conversation already, from another device.
export function identifyAs(token) {
  return new Promise((done, fail) => enqueue(() => join(token).then(done, fail)));
}

async function join(token) {
  const { conversation } = await identify(chat.conversation, token);
  if (conversation !== chat.conversation) goOn(conversation, await past(conversation));
}

// The conversation, if something was said in it; a page around the chat may remember it for longer than the browser lets
// the chat itself.
const isBegun = () => chat.entries.some((entry) => !entry.opening);
export const begun = () => (isBegun() ? chat.conversation : null);

export function resume(conversation) {
  enqueue(async () => {
    const mine = chat;
    if (isBegun() || conversation === chat.conversation) return;
    try {
      const before = await past(conversation);
      // what was said meanwhile began another conversation
      if (mine === chat && !isBegun()) goOn(conversation, before);
    } catch (error) {
      // what began here goes on
      console.warn(error);
    }
  });
}

function goOn(conversation, { entries, person, heard }) {
  hangUp();
  chat = { ...freshChat(), conversation, entries, heard, person };
  saveChat(chat);
  redrawAll();
  status("");
  attend(person);
  if (!entries.length) open();
}

const hints = typingHints({ node: typing, text, chat: () => chat, scroll: scrollTo });

const sayFile = (file) => say(file.name || word("picture"), undefined, file);
const allowFiles = attachments({ button: $("attach"), text, places: [talk, form], send: sayFile, refuse: status });

function status(message) {
  $("notice").textContent = message;
  $("notice").hidden = !message;
}

// ── the page ────────────────────────────────────────────────────────────────────────────────────────────────────────

function setLang(next) {
  speak(next);
  $("language").textContent = word("other");
  $("language").lang = next === "zh" ? "en" : "zh-CN";
  $("language").setAttribute("aria-label", word("otherLabel"));
  text.placeholder = word("ask");
  if (!navigator.onLine) status(word("offline"));
}

// The conversation goes on in another language; one that has only been opened is opened anew.
export function changeLang(next) {
  if (next === lang()) return;
  setLang(next);
  if (chat.entries.every((entry) => entry.opening)) startOver();
  else redrawAll();
}

// The language that the page around the chat sets, or this person chose here, or that page or the browser suggests.
function firstLang() {
  const given = new URLSearchParams(location.hash.slice(1));
  const wanted = given.get("lang") ?? recall("wenlu.lang") ?? given.get("hint") ?? navigator.language;
  return /^en\b/i.test(wanted) ? "en" : "zh";
}

// While nobody looks at the page, its title says how much there is to read.
let unseen = 0;
onTurn((who) => {
  if (who === "bot" && document.hidden) document.title = `(${++unseen}) ${word("title")}`;
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  unseen = 0;
  document.title = word("title");
});

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function drawTheme() {
  $("theme").querySelector("use").setAttribute("href", isDark() ? "#i-sun" : "#i-moon");
}

$("human").addEventListener("click", () => say(word("humanText"), { text: word("humanText") }));
$("theme").addEventListener("click", () => {
  const next = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  remember("wenlu.theme", next);
  drawTheme();
});
$("language").addEventListener("click", () => {
  const next = lang() === "zh" ? "en" : "zh";
  remember("wenlu.lang", next);
  changeLang(next);
});
$("new").addEventListener("click", () => $("sure").showModal());
$("sure").addEventListener("close", () => {
  if ($("sure").returnValue === "yes") startOver();
  $("sure").returnValue = "";
  text.focus();
});
$("save").addEventListener("click", () => $("keep").showModal());
$("keep").addEventListener("close", () => {
  const form = $("keep").returnValue;
  if (form === "text" || form === "page") saveTranscript(chat.entries, form);
  $("keep").returnValue = "";
  $("save").focus();
});
addEventListener("offline", () => status(word("offline")));
addEventListener("online", () => status(""));
// Another tab went on with this conversation.
addEventListener("storage", (event) => {
  if (event.key !== "wenlu.chat" || !event.newValue) return;
  const changed = mergeChat(chat);
  if (changed === null) {
    hangUp();
    chat = loadChat();
  }
  if (changed !== false) redrawAll();
  attend(Boolean(chat.expects));
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawTheme);

setLang(firstLang());
for (const place of [$("mark"), typing.querySelector(".avatar")]) place.replaceChildren(picture());
allowFiles(Boolean(chat.expects));
suggestions({ form, text, options: $("options"), button: $("send"), room: $("room"), status: $("status"), say: ask });
drawTheme();
try {
  if (chat.entries.length) {
    redrawAll();
    attend(Boolean(chat.expects));
  } else open();
} catch {
  // What was remembered is of another version.
  startOver();
}
// On a phone, the keyboard would cover what there is to choose from.
if (!matchMedia("(pointer: coarse)").matches) text.focus({ preventScroll: true });
