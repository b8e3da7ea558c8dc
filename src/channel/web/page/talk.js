// Speaks with the server, and remembers the conversation on this device.

const KEY = "wenlu.chat";
const KEPT = 120;
const DAY = 86_400_000;
const PATIENCE = 20_000;
const RELISTEN = 10_000;

// `randomUUID` is missing where the page is served without TLS.
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Storage is full or off: the conversation lives as long as the page.
  }
}

export function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export const freshChat = () => ({ conversation: newId(), entries: [], at: Date.now() });

// The conversation of this device, unless it is a day old or cannot be read.
export function loadChat() {
  try {
    const chat = JSON.parse(recall(KEY));
    const usable = typeof chat?.conversation === "string" && Array.isArray(chat.entries) && Date.now() - chat.at < DAY;
    if (!usable) return freshChat();
    for (const entry of chat.entries) if (entry.state === "sending") entry.state = "failed";
    return chat;
  } catch {
    return freshChat();
  }
}

export function saveChat(chat) {
  chat.at = Date.now();
  chat.entries = chat.entries.slice(-KEPT);
  remember(KEY, JSON.stringify(chat));
}

// What kept a message from being answered. `code` is the server's, or `network`; `again`: sending it again may help.
export class Failed extends Error {
  constructor(code, message, again) {
    super(message);
    this.code = code;
    this.again = again;
  }
}

// Sends one message. The same id again gives the same answer.
export async function send(conversation, id, body) {
  let response, answer;
  try {
    response = await fetch("/api/v1/messages", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ conversation, id, ...body }),
      signal: AbortSignal.timeout(PATIENCE),
    });
    answer = await response.json();
  } catch {
    throw new Failed("network", "", true);
  }
  if (response.ok) return answer;
  const again = response.status === 429 || response.status === 408 || response.status >= 500;
  throw new Failed(answer?.error?.code ?? "network", answer?.error?.message ?? "", again);
}

// What is said without having been asked for: a person's words. `hear` gets each reply; `close()` ends it. A browser comes
// back by itself where the connection broke, but not where it was refused, because too many are open.
export function listen(conversation, after, hear) {
  let last = after, source, again;
  const open = () => {
    source = new EventSource(`/api/v1/events?${new URLSearchParams({ conversation, after: last })}`);
    source.addEventListener("reply", (event) => {
      last = Number(event.lastEventId);
      hear(JSON.parse(event.data), last);
    });
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) again = setTimeout(open, RELISTEN * (1 + Math.random()));
    });
  };
  open();
  return { close: () => (clearTimeout(again), source.close()) };
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
