// Speaks with the server, and remembers the conversation on this device.

const KEY = "wenlu.chat";
const KEPT = 120;
const DAY = 86_400_000;
// While a person is expected to answer: as long as the answer is kept, at most.
const EXPECTED = 180 * DAY;
const PATIENCE = 20_000;
const UPLOAD_PATIENCE = 120_000;
const RELISTEN = 10_000;

// 128 random bits: whoever knows a conversation's name reads and writes in it.
export function newId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// `area`: `localStorage`, for this device, or `sessionStorage`, for as long as the tab is open.
export function remember(key, value, area = "localStorage") {
  try {
    window[area].setItem(key, value);
  } catch {
    // Storage is full or off: the conversation lives as long as the page.
  }
}

export function recall(key, area = "localStorage") {
  try {
    return window[area].getItem(key);
  } catch {
    return null;
  }
}

export const freshChat = () => ({ conversation: newId(), entries: [], begun: Date.now(), at: Date.now() });

// The conversation of this device, unless it is a day old, with nobody expected to answer, or cannot be read.
export function loadChat() {
  const chat = storedChat() ?? freshChat();
  // a file that was on its way is not on this device any more: it cannot be sent again
  for (const entry of chat.entries) if (entry.state === "sending") entry.state = entry.body ? "failed" : "refused";
  return chat;
}

function storedChat() {
  try {
    const chat = JSON.parse(recall(KEY));
    const usable = typeof chat?.conversation === "string" && Array.isArray(chat.entries);
    return usable && Date.now() - chat.at < (chat.expects ? EXPECTED : DAY) ? chat : null;
  } catch {
    return null;
  }
}

// Saves the conversation together with what other tabs added to it meanwhile. One that was begun later in another tab
// stays.
export function saveChat(chat) {
  const stored = storedChat();
  if (stored && stored.conversation !== chat.conversation && (stored.begun ?? 0) > (chat.begun ?? 0)) return;
  takeOver(chat, stored);
  chat.at = Date.now();
  chat.entries = chat.entries.slice(-KEPT);
  remember(KEY, JSON.stringify(chat));
}

// What this tab said and heard itself; of all else the other tab that did knows better.
const own = new Set();

export function keep(entry) {
  own.add(entry.id);
}

// Another tab saved: takes over what it added, and returns whether anything did. `null`: it began another conversation.
export function mergeChat(chat) {
  const stored = storedChat();
  if (!stored) return false;
  return stored.conversation === chat.conversation ? takeOver(chat, stored) : null;
}

function takeOver(chat, stored) {
  if (stored?.conversation !== chat.conversation) return false;
  const before = JSON.stringify(chat.entries);
  const entries = new Map(stored.entries.map((entry) => [entry.id, entry]));
  for (const entry of chat.entries) if (own.has(entry.id) || !entries.has(entry.id)) entries.set(entry.id, entry);
  chat.entries = [...entries.values()].sort((one, other) => (one.at ?? 0) - (other.at ?? 0));
  chat.person ||= stored.person;
  chat.expects ??= stored.expects;
  chat.heard = Math.max(chat.heard ?? 0, stored.heard ?? 0);
  return JSON.stringify(chat.entries) !== before;
}

// What kept a message from being answered. `code` is the server's, or `network`; `again`: sending it again may help;
// `detail` is for developers.
export class Failed extends Error {
  constructor(code, message, again, detail) {
    super(message);
    this.code = code;
    this.again = again;
    this.detail = detail;
  }
}

// What a page around the chat tells of itself: `page`, with its address and title.
export const around = {};
const { ticket } = document.documentElement.dataset;

// What the server answers; throws `Failed` where it refuses, or is not reached.
async function post(path, type, body, patience) {
  let response, answer;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: { "content-type": type, ...(ticket ? { "x-wenlu-ticket": ticket } : {}) },
      body,
      signal: AbortSignal.timeout(patience),
    });
    answer = await response.json();
  } catch {
    throw new Failed("network", "", true);
  }
  if (response.ok) return answer;
  const again = response.status === 429 || response.status === 408 || response.status >= 500;
  throw new Failed(answer?.error?.code ?? "network", answer?.error?.message ?? "", again, answer?.error?.detail);
}

// Sends one message. The same id again gives the same answer.
export function send(conversation, id, body) {
  return post("/api/v1/messages", "application/json", JSON.stringify({ conversation, id, ...around, ...body }), PATIENCE);
}

// Says who asks, as their site has signed it; answers which conversation is theirs.
export function identify(conversation, token) {
  return post("/api/v1/identify", "application/json", JSON.stringify({ conversation, token }), PATIENCE);
}

// What was said in a conversation that another device began: its entries, masked, and where it stands.
export async function past(conversation) {
  const response = await fetch(`/api/v1/history?${new URLSearchParams({ conversation })}`, { signal: AbortSignal.timeout(PATIENCE) });
  if (!response.ok) throw new Failed("network", "", true);
  const { turns, person, heard } = await response.json();
  const entries = turns.flatMap(({ id, at, text, replies }) => [
    ...(text ? [{ id, shown: text, body: { text }, state: "sent", at }] : []),
    ...replies.map((reply, index) => ({ id: `${id}-${index}`, reply, at })),
  ]);
  return { entries, person, heard };
}

// Says that the asker is writing to a person, or has stopped; what is written is not sent. Whether a person may see it.
export async function tellTyping(conversation, typing) {
  const answer = await post("/api/v1/typing", "application/json", JSON.stringify({ conversation, typing }), PATIENCE);
  return answer.noted;
}

// Says what was not clear, after the message `id` said 没解决. The same again changes nothing.
export function sendComment(conversation, id, text) {
  return post("/api/v1/comments", "application/json", JSON.stringify({ conversation, id, text }), PATIENCE);
}

// Sends the bytes of a file; a message then brings it by its id. The same id again keeps it once.
export async function upload(conversation, id, file) {
  const query = new URLSearchParams({ conversation, id, name: file.name ?? "" });
  const answer = await post(`/api/v1/files?${query}`, "application/octet-stream", file, UPLOAD_PATIENCE);
  return answer.file;
}

// What is said without having been asked for: a person's words. `hear` gets each reply, `typing` whether a person
// is writing; `close()` ends it. A browser comes
// back by itself where the connection broke, but not where it was refused, because too many are open.
export function listen(conversation, after, hear, typing) {
  let last = after, source, again;
  const open = () => {
    source = new EventSource(`/api/v1/events?${new URLSearchParams({ conversation, after: last })}`);
    source.addEventListener("reply", (event) => {
      last = Number(event.lastEventId);
      hear(JSON.parse(event.data), last);
    });
    source.addEventListener("typing", (event) => typing(JSON.parse(event.data).typing));
    source.addEventListener("error", () => {
      typing(false);
      if (source.readyState === EventSource.CLOSED) again = setTimeout(open, RELISTEN * (1 + Math.random()));
    });
  };
  open();
  return { close: () => (clearTimeout(again), source.close(), typing(false)) };
}

// Questions that contain what is typed; none if anything fails.
export async function suggest(typed, signal) {
  try {
    const response = await fetch(`/api/v1/suggest?limit=5&q=${encodeURIComponent(typed)}`, { signal });
    return response.ok ? (await response.json()).suggestions : [];
  } catch {
    return [];
  }
}
