// Draws one entry of the conversation. Text is set as text, never as HTML; a link goes where its scheme may go.

import { brand, word } from "./words.js";

export function make(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child != null && child !== ""));
  return node;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

// The service's own picture, or the built-in one.
export const picture = () => (brand.logo ? make("img", { src: "/icon.svg", alt: "" }) : icon("sign"));

const hush = (text) => make("span", { class: "hush" }, text);

// What a button is for, as far as its place on the page depends on it: the verb before the first colon of its data.
function role(button) {
  const verb = button.data.split(":", 1)[0];
  if (verb === "p") return "step";
  if (verb === "yes" || verb === "no") return "feedback";
  if (verb === "rate") return "rating";
  if (verb === "i" && !button.data.includes("#")) return "question";
  return "choice";
}

// Something that the asker said. `on.retry(entry)` sends it again.
export function drawAsker(entry, on) {
  const note = entry.state === "failed" || entry.state === "refused"
    ? make("p", { class: "note-failed", role: "alert" }, entry.why || word("failed"),
        entry.state === "failed" ? make("button", { type: "button", class: "retry", onclick: () => on.retry(entry) }, icon("retry"), word("retry")) : null)
    : null;
  return make("article", { class: `turn asker ${entry.state}`, "data-id": entry.id },
    make("div", { class: "bubble" }, hush(`${word("you")}：`), entry.file ? drawFile(entry.file) : entry.shown), note);
}

// A picture, which opens by itself, or a file, which is saved.
function drawFile(file) {
  const href = `/api/v1/files/${encodeURIComponent(file.id)}`;
  if (!file.width) return make("a", { class: "file", href, download: file.name }, file.name, ` (${Math.ceil(file.size / 1024)} KB)`);
  const gone = (event) => event.target.parentElement.replaceWith(word("fileGone"));
  const shown = make("img", { class: "sent", src: href, alt: word("picture"), width: file.width, height: file.height, onerror: gone });
  return make("a", { href, target: "_blank", rel: "noopener" }, shown, hush(word("newTab")));
}

// Something that the bot said, or a colleague through it. `on.press(entry, button)` is called when a button is pressed.
export function drawBot(entry, on) {
  const { reply } = entry;
  const by = (...wanted) => reply.buttons.filter((button) => wanted.includes(role(button)));
  const feedback = by("feedback");
  const isAnswer = feedback.length > 0;
  // Beside an answer, the way back to all of it stands with its parts.
  const isOwn = (button) => feedback.some((other) => other.data.split(":")[1] === button.data.split(":")[1]);
  const questions = by("question").filter((button) => !isOwn(button));
  const choices = reply.buttons.filter((button) => role(button) === "choice" || (role(button) === "question" && isOwn(button)));
  const press = (button, ...content) => make("button", {
    type: "button", "data-data": button.data, "aria-pressed": entry.pressed === button.data ? "true" : null, onclick: () => on.press(entry, button),
  }, ...content);

  const person = reply.from_person;
  const bubble = make("div", { class: "bubble" }, person ? make("p", { class: "by" }, word("person")) : hush(`${word("name")}：`),
    // the blocks stand for the file where it cannot be shown
    ...(reply.file ? [drawFile(reply.file)] : []),
    ...(reply.file && /^［[^］]+］$/.test(reply.text) ? [] : reply.blocks.map(drawBlock)));
  if (reply.steps.length) bubble.append(drawSteps(entry, by("step"), on));
  const rating = by("rating");
  const rows = questions.length ? make("div", { class: "questions" }, ...questions.map((button) => press(button, make("span", {}, button.label), icon("next")))) : null;
  const chips = choices.length ? make("div", { class: "choices" }, ...choices.map((button) => press(button, button.data === "human" ? icon("human") : null, button.label))) : null;
  const parts = isAnswer
    ? [chips, drawFeedback(entry, feedback, press), drawComment(entry, on), rows && make("p", { class: "label" }, word("related")), rows]
    : [rating.length ? drawRating(entry, rating, press) : null, drawComment(entry, on), rows, chips];
  return make("article", { class: person ? "turn bot person" : "turn bot", "data-id": entry.id, lang: reply.lang === "en" ? "en" : "zh-CN" },
    make("span", { class: "avatar", "aria-hidden": "true" }, person ? icon("human") : picture()), bubble, ...parts);
}

function drawFeedback(entry, buttons, press) {
  const done = buttons.some((button) => button.data === entry.pressed);
  return make("div", { class: "feedback", role: "group", "aria-label": word("feedback") },
    make("span", { class: "ask" }, done ? word("thanks") : word("feedback")),
    ...buttons.map((button) => {
      const node = press(button, icon(button.data.startsWith("yes") ? "yes" : "no"), button.label);
      node.disabled = done;
      return node;
    }));
}

// Whether a person solved it: asked once.
function drawRating(entry, buttons, press) {
  return make("div", { class: "choices", role: "group", "aria-label": word("rating") }, ...buttons.map((button) => {
    const node = press(button, button.label);
    node.disabled = buttons.some((other) => other.data === entry.pressed);
    return node;
  }));
}

// After 没解决, and after a rating: one line about what was not clear, for whoever wants to write it.
function drawComment(entry, on) {
  if (!entry.judged || !/^(no|rate):/.test(entry.pressed ?? "")) return null;
  if (entry.commented) return make("p", { class: "label", role: "status" }, word("noted"));
  const field = make("input", { maxlength: 500, autocomplete: "off", enterkeyhint: "send" });
  const send = (event) => {
    event.preventDefault();
    on.comment(entry, field.value);
  };
  return make("form", { class: "comment", onsubmit: send },
    make("label", {}, make("span", {}, word(entry.pressed.startsWith("no:") ? "unclear" : "more")), field), make("button", { type: "submit" }, word("send")));
}

// One step at a time where the reply has a cursor, else all of them.
function drawSteps(entry, buttons, on) {
  const { steps, cursor, after } = entry.reply;
  const count = steps.length;
  const one = cursor != null && cursor < count;
  const where = one ? word("step")(cursor + 1, count) : word("steps")(count);
  const below = after ? after.blocks.map(drawBlock) : [];
  const box = make("div", { class: "steps", role: "group", "aria-label": where });
  if (!one) {
    box.append(make("ol", {}, ...steps.map((step) => make("li", {}, ...step.blocks.map(drawBlock)))), ...below);
    return box;
  }
  // Which way a button leads, as far as the layout depends on it.
  const way = (button) => (button.data.startsWith("p:all") ? "all" : parseInt(button.data.slice(2), 10) - 1 < cursor ? "prev" : "next");
  const draw = (wanted, ...around) => {
    const button = buttons.find((other) => way(other) === wanted);
    if (!button) return null;
    const content = around.map((part) => (part === "label" ? button.label : icon(part)));
    return make("button", { type: "button", class: wanted, "data-data": button.data, "data-way": wanted, onclick: () => on.press(entry, button) }, ...content);
  };
  const gap = () => make("span", { class: "gap" });
  box.append(
    make("div", { class: "head" }, make("p", {}, where), draw("all", "all", "label")),
    make("div", { class: "track", "aria-hidden": "true" }, ...steps.map((_, at) => make("i", { class: at <= cursor ? "past" : "" }))),
    make("div", { class: "step" }, ...steps[cursor].blocks.map(drawBlock)), ...below,
    make("div", { class: "walk" }, draw("prev", "prev", "label") ?? gap(),
      make("span", { class: "count", "aria-hidden": "true" }, `${cursor + 1}/${count}`), draw("next", "label", "next") ?? gap()));
  return box;
}

function drawBlock(block) {
  if (block.kind === "list") return make("ul", {}, ...block.items.map((item) => make("li", {}, ...item.map(drawSpan))));
  if (block.kind === "note") return make("p", { class: "tip" }, icon("tip"), make("span", {}, ...block.spans.map(drawSpan)));
  return make("p", {}, ...(block.spans ?? []).map(drawSpan));
}

function drawSpan(span) {
  let node = document.createTextNode(span.text);
  if (span.strong) node = make("strong", {}, node);
  if (/^(https?:\/\/|mailto:)/i.test(span.href ?? "")) {
    const out = span.href.startsWith("mailto:") ? {} : { target: "_blank" };
    node = make("a", { href: span.href, rel: "noopener noreferrer", ...out }, node, out.target ? hush(word("newTab")) : null);
  }
  return node;
}
