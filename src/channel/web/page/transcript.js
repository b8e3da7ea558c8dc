// The conversation as a file to keep: plain text, or a page of its own that prints whole. It is made of what this device
// remembers; nothing is sent.

import { make } from "./draw.js";
import { lang, word } from "./words.js";

const STYLE = `
  body { max-width: 44em; margin: 2em auto; padding: 0 1em; font: 16px/1.6 system-ui, sans-serif; color: #16201b; background: #fff; overflow-wrap: anywhere; }
  article { border-top: 1px solid #bbb; padding: 0.6em 0; break-inside: avoid; }
  .who { margin: 0; font-weight: 600; }
  .who time { font-weight: 400; color: #58645e; font-size: 0.9em; }
  p, ol, ul, blockquote { margin: 0.3em 0; }
  blockquote { border-left: 3px solid #067d40; padding-left: 0.8em; }
  .said { white-space: pre-wrap; }
  .choices { color: #58645e; }
  @media print { body { margin: 0; max-width: none; } a::after { content: " (" attr(href) ")"; } }
`;

// ── what was said ───────────────────────────────────────────────────────────────────────────────────────────────────

const time = (at) => (at ? new Date(at).toLocaleString(lang() === "zh" ? "zh-CN" : "en") : "");

function who(entry) {
  if (!entry.reply) return word("you");
  return entry.reply.from_person ? word("person") : word("name");
}

// The labels under a reply, but for those that only lead through its steps, and what was pressed of 有用 and 没解决.
function choices({ reply, pressed }) {
  const isFeedback = (button) => /^(yes|no):/.test(button.data);
  const labels = reply.buttons.filter((button) => !button.data.startsWith("p:") && !isFeedback(button)).map((button) => button.label);
  const judged = reply.buttons.find((button) => isFeedback(button) && button.data === pressed);
  return { labels, judged: judged?.label };
}

// ── as text ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const isWeb = (address) => /^(https?:\/\/|mailto:)/i.test(address ?? "");
const spanText = ({ text, href }) => (isWeb(href) && text !== href ? `${text} (${href})` : text);
const lineOf = (spans) => (spans ?? []).map(spanText).join("");

function blockText(block) {
  if (block.kind === "list") return block.items.map((item) => `- ${lineOf(item)}`).join("\n");
  return block.kind === "note" ? `> ${lineOf(block.spans)}` : lineOf(block.spans);
}

function replyText(entry) {
  const { reply } = entry;
  const { labels, judged } = choices(entry);
  const lines = reply.file ? [fileText(reply.file)] : reply.blocks.map(blockText);
  lines.push(...reply.steps.map((step, at) => `${at + 1}. ${step.blocks.map(blockText).join("\n   ")}`));
  lines.push(...(reply.after?.blocks ?? []).map(blockText));
  if (labels.length) lines.push(`[${labels.join("] [")}]`);
  if (judged) lines.push(`${word("you")}: ${judged}`);
  return lines.join("\n");
}

const fileText = (file) => `[${file.name}]`;
const askerText = (entry) => (entry.file ? fileText(entry.file) : entry.shown);

function asText(entries) {
  const turns = entries.map((entry) => `${who(entry)}  ${time(entry.at)}\n${entry.reply ? replyText(entry) : askerText(entry)}`);
  // as notepads on every system read it
  return [`${word("name")} · ${word("log")}`, ...turns].join("\n\n").replace(/\r?\n/g, "\r\n") + "\r\n";
}

// ── as a page ───────────────────────────────────────────────────────────────────────────────────────────────────────

function spanNode({ text, href, strong }) {
  const node = strong ? make("strong", {}, text) : document.createTextNode(text);
  return isWeb(href) ? make("a", { href, rel: "noreferrer" }, node) : node;
}

function blockNode(block) {
  if (block.kind === "list") return make("ul", {}, ...block.items.map((item) => make("li", {}, ...item.map(spanNode))));
  return make(block.kind === "note" ? "blockquote" : "p", {}, ...(block.spans ?? []).map(spanNode));
}

function replyNodes(entry) {
  const { reply } = entry;
  const { labels, judged } = choices(entry);
  return [
    ...(reply.file ? [make("p", {}, fileText(reply.file))] : reply.blocks.map(blockNode)),
    reply.steps.length ? make("ol", {}, ...reply.steps.map((step) => make("li", {}, ...step.blocks.map(blockNode)))) : null,
    ...(reply.after?.blocks ?? []).map(blockNode),
    labels.length ? make("p", { class: "choices" }, `[${labels.join("] [")}]`) : null,
    judged ? make("p", { class: "choices" }, `${word("you")}: ${judged}`) : null,
  ];
}

function turnNode(entry) {
  const when = entry.at ? make("time", { datetime: new Date(entry.at).toISOString() }, time(entry.at)) : null;
  const body = entry.reply ? replyNodes(entry) : [make("p", { class: "said" }, askerText(entry))];
  return make("article", entry.reply ? { lang: entry.reply.lang === "en" ? "en" : "zh-CN" } : {},
    make("p", { class: "who" }, `${who(entry)} `, when), ...body);
}

// Text is set as text: whatever somebody wrote, the file holds no script.
function asPage(entries) {
  const title = `${word("name")} · ${word("log")}`;
  const head = make("head", {}, make("meta", { charset: "utf-8" }),
    make("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
    make("meta", { "http-equiv": "Content-Security-Policy", content: "default-src 'none'; style-src 'unsafe-inline'" }),
    make("title", {}, title));
  const page = make("html", { lang: lang() === "zh" ? "zh-CN" : "en" }, head,
    make("body", {}, make("h1", {}, title), ...entries.map(turnNode)));
  // a style that is made here would be refused by this page's policy: it is only written into the file
  return `<!doctype html>\n${page.outerHTML.replace("</head>", () => `<style>${STYLE}</style></head>`)}\n`;
}

// ── saving ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const forms = {
  text: { type: "text/plain;charset=utf-8", ending: "txt", make: (entries) => `\ufeff${asText(entries)}` },
  page: { type: "text/html;charset=utf-8", ending: "html", make: asPage },
};

// Saves what was said so far: `form` is `text` or `page`.
export function saveTranscript(entries, form) {
  const { type, ending, make: write } = forms[form];
  const address = URL.createObjectURL(new Blob([write(entries)], { type }));
  const day = new Date().toISOString().slice(0, 10);
  const link = make("a", { href: address, download: `${word("log")}-${day}.${ending}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
