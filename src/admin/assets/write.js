// Helps to write an intent: buttons that write Markdown, a preview while one types, more rows without a reload. The form
// works without all of it.

const root = document.getElementById("write");
const form = root?.querySelector("form");
const PAUSE = 500;
const BUSY = 3_000;

// ── buttons ─────────────────────────────────────────────────────────────────────────────────────────────────────────

// What is chosen stays chosen, so that one can type over it.
function put(area, from, to, before, inner, after) {
  area.focus();
  area.setSelectionRange(from, to);
  const text = before + inner + after;
  // so that it can be undone
  if (!document.execCommand("insertText", false, text)) {
    area.setRangeText(text, from, to, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
  area.setSelectionRange(from + before.length, from + before.length + inner.length);
}

function wrap(area, before, standIn, after) {
  const { selectionStart: from, selectionEnd: to, value } = area;
  put(area, from, to, before, value.slice(from, to) || standIn, after);
}

// Whole lines, with an empty line before and behind: those that are chosen, else new ones below.
function lines(area, mark, standIn) {
  const { value, selectionStart, selectionEnd } = area;
  let to = value.indexOf("\n", selectionEnd);
  if (to < 0) to = value.length;
  const from = selectionStart === selectionEnd ? to : value.lastIndexOf("\n", selectionStart - 1) + 1;
  const chosen = value.slice(from, to);
  const marked = (chosen.trim() ? chosen : standIn).split("\n").map((line, at) => mark(at) + line).join("\n");
  const above = value.slice(0, from);
  const below = value.slice(to);
  const gap = above.trim() ? "\n".repeat(Math.max(0, 2 - /\n*$/.exec(above)[0].length)) : "";
  const end = below.trim() ? "\n".repeat(Math.max(0, 2 - /^\n*/.exec(below)[0].length)) : "";
  put(area, from, to, gap, marked, end);
}

const helpers = {
  bold: (area) => wrap(area, "**", "要紧的话", "**"),
  link: (area) => wrap(area, "[", "链接上的文字", "](https://)"),
  steps: (area) => lines(area, (at) => `${at + 1}. `, "（第一步）\n（第二步）"),
  list: (area) => lines(area, () => "- ", "（在这里写第一项）"),
  note: (area) => lines(area, () => "> ", "提示：（要注意的事；没有就删掉这一行）"),
  section(area) {
    const { selectionStart: at, value } = area;
    const line = value.indexOf("\n", at);
    const end = line < 0 ? value.length : line;
    const above = value.slice(0, end);
    const gap = above.trim() ? "\n".repeat(Math.max(0, 2 - /\n*$/.exec(above)[0].length)) : "";
    put(area, end, end, `${gap}## `, "小节的标题", "\n\n（在这里写这一节的内容）\n");
  },
};

// ── preview ─────────────────────────────────────────────────────────────────────────────────────────────────────────

let timer;
let asked = new AbortController();

function later(wait = PAUSE) {
  clearTimeout(timer);
  timer = setTimeout(look, wait);
}

async function look() {
  asked.abort();
  const mine = (asked = new AbortController());
  try {
    const body = new URLSearchParams(new FormData(form));
    const response = await fetch(root.dataset.previewPath, { method: "POST", body, signal: mine.signal, redirect: "manual" });
    if (response.status === 429) return later(BUSY);
    if (!response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const part of page.querySelectorAll("[data-preview]")) {
      const old = root.querySelector(`[data-preview="${part.dataset.preview}"]`);
      if (old && old.innerHTML !== part.innerHTML) old.replaceChildren(...part.childNodes);
    }
    nameSections();
  } catch (error) {
    if (!mine.signal.aborted) console.error(error);
  }
}

// ── rows ────────────────────────────────────────────────────────────────────────────────────────────────────────────

function more(kind) {
  const all = root.querySelectorAll(`[data-${kind}]`);
  const last = all[all.length - 1];
  const row = last.cloneNode(true);
  for (const field of row.querySelectorAll("input, textarea")) field.value = "";
  for (const field of row.querySelectorAll("select")) field.selectedIndex = 0;
  last.after(row);
  return row;
}

// A section that was just written has a row for what is asked about it.
function nameSections() {
  const title = (row) => row.querySelector("[name=section_title]");
  for (const area of root.querySelectorAll("[data-reply]")) {
    // the rows go by the language in which there is most likely a reply: the first that has one
    if (!area.value.trim()) continue;
    for (const [, written] of area.value.matchAll(/^##[ \t]+(.*?)[ \t]*$/gm)) {
      const own = /\{#.*\}$/.test(written);
      const rows = [...root.querySelectorAll("[data-section]")];
      if (own || !written || rows.some((row) => title(row).value.trim() === written)) continue;
      const empty = rows.find((row) => !title(row).value && !row.querySelector("[name=section_id]").value && !row.querySelector("textarea").value);
      title(empty ?? more("section")).value = written;
    }
    break;
  }
}

// ── what was typed is not lost by a wrong click ─────────────────────────────────────────────────────────────────────

let typed = false;

if (form) {
  for (const group of form.querySelectorAll("[data-helpers]")) {
    group.hidden = false;
    const area = document.getElementById(group.dataset.helpers);
    group.addEventListener("click", (event) => {
      const button = event.target.closest("[data-insert]");
      if (button) helpers[button.dataset.insert](area);
    });
  }
  form.addEventListener("input", (event) => {
    typed = true;
    if (!event.isComposing) later();
  });
  form.addEventListener("compositionend", () => later());
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-more]");
    if (!button) return;
    event.preventDefault();
    more(button.dataset.more).querySelector("input:not([type=hidden])").focus();
  });
  form.addEventListener("submit", () => (typed = false));
  addEventListener("beforeunload", (event) => {
    if (typed) event.preventDefault();
  });
}
