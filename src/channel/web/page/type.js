// The field where a message is typed: Enter sends, Shift+Enter makes a new line, suggestions are chosen with the arrows.
// While an input method is composing, every key is its own.

import { make, icon } from "./draw.js";
import { recall, remember, suggest } from "./talk.js";
import { word } from "./words.js";

const PAUSE = 140;
const DRAFT = "wenlu.draft";
// The server's limit, and from where on it is shown how much is left.
const LIMIT = 2_000;
const NEAR = 1_800;

// A draft outlives a reload of the page, as long as the tab is open.
const keepDraft = (typed) => remember(DRAFT, typed, "sessionStorage");

export function suggestions({ form, text, options, button, room, status, say }) {
  let shown = [];
  let active = -1;
  let asked = new AbortController();
  let timer;

  function fit() {
    text.style.height = "auto";
    text.style.height = `${Math.min(text.scrollHeight, 132)}px`;
    const left = LIMIT - [...text.value.trim()].length;
    button.disabled = !text.value.trim() || left < 0;
    room.hidden = left > LIMIT - NEAR;
    room.classList.toggle("over", left < 0);
    room.textContent = room.hidden ? "" : word(left < 0 ? "over" : "left")(Math.abs(left));
  }

  function close() {
    clearTimeout(timer);
    asked.abort();
    shown = [];
    active = -1;
    options.hidden = true;
    options.replaceChildren();
    text.removeAttribute("aria-activedescendant");
    status.textContent = "";
  }

  function submit(typed) {
    const message = typed.trim();
    close();
    if (!message || [...message].length > LIMIT) return;
    text.value = "";
    keepDraft("");
    fit();
    say(message);
  }

  function show(found) {
    shown = found;
    active = -1;
    options.replaceChildren(...found.map((suggestion, at) => make("li", {
      role: "option", id: `option-${at}`, "aria-selected": "false",
      // Before the field loses the focus.
      onpointerdown: (event) => event.preventDefault(), onclick: () => submit(suggestion.text),
    }, icon("search"), make("span", {}, ...highlight(suggestion.text)))));
    options.hidden = !found.length;
    status.textContent = found.length ? word("optionCount")(found.length) : "";
  }

  // What is typed stands out in what is suggested.
  function highlight(suggestion) {
    const typed = text.value.trim();
    const at = suggestion.toLowerCase().indexOf(typed.toLowerCase());
    if (at < 0) return [suggestion];
    const end = at + typed.length;
    return [suggestion.slice(0, at), make("b", {}, suggestion.slice(at, end)), suggestion.slice(end)];
  }

  function mark(next) {
    active = (next + shown.length + 1) % (shown.length + 1);
    if (active === shown.length) active = -1;
    [...options.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === active)));
    if (active < 0) text.removeAttribute("aria-activedescendant");
    else text.setAttribute("aria-activedescendant", `option-${active}`);
  }

  function look() {
    clearTimeout(timer);
    asked.abort();
    const typed = text.value.trim();
    if (typed.length < (/^[\x20-\x7e]*$/.test(typed) ? 2 : 1) || typed.length > 40 || typed.includes("\n")) return close();
    timer = setTimeout(async () => {
      const mine = (asked = new AbortController());
      const found = await suggest(typed, mine.signal);
      if (!mine.signal.aborted && text.value.trim() === typed) show(found);
    }, PAUSE);
  }

  text.addEventListener("input", (event) => {
    fit();
    keepDraft(text.value);
    if (!event.isComposing) look();
  });
  text.addEventListener("compositionend", look);
  text.addEventListener("blur", close);
  text.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit(active >= 0 ? shown[active].text : text.value);
    } else if (event.key === "Escape" && shown.length) {
      event.preventDefault();
      close();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && shown.length) {
      event.preventDefault();
      mark(active < 0 && event.key === "ArrowUp" ? shown.length - 1 : active + (event.key === "ArrowDown" ? 1 : -1));
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(text.value);
    text.focus();
  });
  text.value ||= recall(DRAFT, "sessionStorage") ?? "";
  fit();
}
