// Shows the chat in a page of another site: a button in a corner, and a panel with the chat in a frame. The page's scripts
// cannot read the frame; the two speak over a port. Loaded by
//   <script src="https://bot.example.com/widget.js" async></script>
// Options: data-lang="zh|en|auto", data-side="end|start", data-z="99990", data-button="off", data-token="JWT".
// Commands: wenlu("open" | "close" | "hide" | "show" | "reset"), wenlu("ask", text), wenlu("lang", "zh" | "en"),
// wenlu("identify", JWT or a function that gets one), wenlu("on", "ready" | "open" | "close" | "unread" | "message" | "identify", handler).
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || window.wenlu?.running) return;

  const accent = "#067d40";
  const PHONE = "(max-width: 640px)";
  const words = {
    zh: { open: "打开客服对话", close: "收起客服对话", chat: "客服对话", unread: (count) => `，${count} 条新消息` },
    en: { open: "Open the chat", close: "Close the chat", chat: "Support chat", unread: (count) => `, ${count} new` },
  };
  const css = `
    :host { all: initial; }
    [hidden] { display: none !important; }
    button { position: fixed; inset-block-end: max(20px, env(safe-area-inset-bottom)); width: 56px; height: 56px; padding: 0; border: 0;
      border-radius: 50%; background: ${accent}; color: #fff; cursor: pointer; box-shadow: 0 6px 20px rgb(20 50 35 / 30%); }
    button:hover { filter: brightness(.9); }
    button:focus-visible { outline: 3px solid #0a58ca; outline-offset: 3px; }
    svg { width: 28px; height: 28px; fill: none; stroke: currentcolor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
    .count { position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-width: 22px; padding: 0 6px; border-radius: 11px;
      background: #b3261e; color: #fff; font: 600 13px/22px system-ui, sans-serif; text-align: center; box-sizing: border-box; }
    .panel { position: fixed; inset-block-end: calc(max(20px, env(safe-area-inset-bottom)) + 68px); width: 400px; height: min(680px, 100vh - 120px);
      border-radius: 16px; overflow: hidden; background: #fff; box-shadow: 0 18px 60px rgb(20 50 35 / 30%); }
    iframe { display: block; width: 100%; height: 100%; border: 0; color-scheme: normal; }
    .end { inset-inline-end: 20px; } .start { inset-inline-start: 20px; }
    @media ${PHONE} { .panel { inset: 0; width: 100%; height: 100%; border-radius: 0; } }
    @media (prefers-reduced-motion: no-preference) { .panel { animation: rise 160ms ease-out; } @keyframes rise { from { opacity: 0; translate: 0 12px; } } }
    @media print { :host { display: none; } }`;

  const home = new URL(script.src).origin;
  const site = location.origin;
  const asked = script.dataset;
  const side = asked.side === "start" ? "start" : "end";
  const handlers = {};
  let lang = language(asked.lang);
  let fixed = /^(zh|en)/i.test(asked.lang ?? "");
  let host, root, button, count, panel, frame, port, isOpen = false, hasButton = asked.button !== "off";
  // what was asked for before the frame could hear it
  let waiting = [];
  // who asks, as the site's server has signed it: told once there is a frame
  let visitor = asked.token;
  let page;
  let unread = 0;

  function language(wanted) {
    const of = (text) => (/^en/i.test(text) ? "en" : /^zh/i.test(text) ? "zh" : undefined);
    return of(wanted ?? "") ?? of(document.documentElement.lang) ?? of(navigator.language) ?? "zh";
  }

  function tell(name, value) {
    for (const handler of handlers[name] ?? []) {
      try {
        handler(value);
      } catch (error) {
        console.error(error);
      }
    }
  }

  // ── what is drawn ──

  function make(tag, attributes, parent) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    parent?.append(node);
    return node;
  }

  function icon(path) {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    const line = document.createElementNS(space, "path");
    line.setAttribute("d", path);
    svg.append(line);
    return svg;
  }

  function mount() {
    // beside the body, because pages that exchange their body would take the chat with it
    host = make("div", { id: "wenlu-widget", "data-turbo-permanent": "" });
    host.style.setProperty("position", "relative");
    host.style.setProperty("z-index", /^\d{1,10}$/.test(asked.z ?? "") ? asked.z : "99990");
    root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
    panel = make("div", { class: `panel ${side}`, role: "dialog" }, root);
    panel.hidden = true;
    button = make("button", { type: "button", class: side, "aria-expanded": "false" }, root);
    button.append(icon("M4 5h16v11H9l-5 4z"));
    count = make("span", { class: "count", "aria-hidden": "true" }, button);
    button.addEventListener("click", () => (isOpen ? close() : open()));
    root.addEventListener("keydown", (event) => event.key === "Escape" && isOpen && close());
    draw();
    const attach = () => host.isConnected || document.documentElement.append(host);
    attach();
    new MutationObserver(attach).observe(document.documentElement, { childList: true });
    window.visualViewport?.addEventListener("resize", fit);
    window.visualViewport?.addEventListener("scroll", fit);
    matchMedia(PHONE).addEventListener("change", draw);
  }

  function draw() {
    const of = words[lang];
    const full = isOpen && matchMedia(PHONE).matches;
    button.hidden = !hasButton || full;
    button.setAttribute("aria-expanded", String(isOpen));
    button.setAttribute("aria-label", isOpen ? of.close : of.open + (unread ? of.unread(unread) : ""));
    count.hidden = !unread || isOpen;
    count.textContent = unread > 99 ? "99+" : String(unread);
    panel.hidden = !isOpen;
    panel.setAttribute("aria-label", of.chat);
    panel.setAttribute("aria-modal", String(full));
    frame?.setAttribute("title", of.chat);
    fit();
  }

  // On a phone the keyboard covers part of the page, which only the page's own viewport knows.
  function fit() {
    const seen = window.visualViewport;
    const full = isOpen && seen && matchMedia(PHONE).matches;
    panel.style.setProperty("height", full ? `${seen.height}px` : "");
    panel.style.setProperty("top", full ? `${seen.offsetTop}px` : "");
    if (full) panel.style.setProperty("bottom", "auto");
    else panel.style.removeProperty("bottom");
  }

  // ── the frame ──

  function load() {
    if (frame) return;
    frame = make("iframe", { title: words[lang].chat, allow: "clipboard-write" }, panel);
    // an explicit language holds; a guess gives way to what somebody chose in the chat
    const hint = fixed ? "lang" : "hint";
    frame.src = `${home}/embed?site=${encodeURIComponent(site)}#${hint}=${lang}`;
    addEventListener("message", greet);
    setInterval(tellPage, 2_000);
  }

  // The frame says that it is there, each time it is loaded; what it is told goes over a port of its own.
  function greet(event) {
    if (event.source !== frame.contentWindow || event.origin !== home || event.data?.wenlu !== 1) return;
    const channel = new MessageChannel();
    port?.close();
    port = channel.port1;
    port.onmessage = ({ data }) => hear(data);
    frame.contentWindow.postMessage({ wenlu: 1, open: isOpen, kept: recall() }, home, [channel.port2]);
    page = undefined;
    tellPage();
    tellVisitor();
    for (const command of waiting) port.postMessage(command);
    waiting = [];
    tell("ready");
  }

  // Where the asker is, without the query. A page that exchanges its content tells nobody that it does.
  function tellPage() {
    const now = { address: location.origin + location.pathname, title: document.title.slice(0, 120) };
    if (page === JSON.stringify(now)) return;
    page = JSON.stringify(now);
    port?.postMessage({ page: now });
  }

  async function tellVisitor() {
    if (!visitor || !frame) return;
    try {
      const token = typeof visitor === "function" ? await visitor() : visitor;
      if (token) port?.postMessage({ identify: String(token) });
    } catch (error) {
      console.error(error);
    }
  }

  // Some browsers forget after a week what a frame keeps: which conversation it was stays with the page, once something was
  // said in it. Pages may forbid both.
  const KEPT = "wenlu.conversation";

  function recall() {
    try {
      return localStorage.getItem(KEPT);
    } catch {
      return null;
    }
  }

  function remember(conversation) {
    try {
      if (conversation) localStorage.setItem(KEPT, conversation);
      else localStorage.removeItem(KEPT);
    } catch {
      // the frame's own memory remains
    }
  }

  function hear(data) {
    if (typeof data?.kept === "string" || data?.kept === null) remember(data.kept);
    if (typeof data?.identified === "boolean") {
      if (!data.identified) console.warn(`wenlu: the visitor was not identified, the chat goes on without a name: ${data.why}`);
      tell("identify", data.identified);
    }
    if (data?.close) close();
    if (typeof data?.unread === "number") {
      unread = isOpen ? 0 : data.unread;
      draw();
      tell("unread", unread);
    }
    if (data?.message === "asker" || data?.message === "bot") tell("message", data.message);
  }

  function command(what) {
    load();
    if (port) port.postMessage(what);
    else if (waiting.length < 20) waiting.push(what);
  }

  // ── what the page may ask for ──

  function open() {
    load();
    if (isOpen) return;
    isOpen = true;
    unread = 0;
    draw();
    command({ open: true });
    frame.focus();
    tell("open");
  }

  function close() {
    if (!isOpen) return;
    isOpen = false;
    draw();
    command({ open: false });
    if (hasButton) button.focus();
    tell("close");
  }

  const commands = {
    open,
    close,
    show: () => ((hasButton = true), draw()),
    hide: () => (close(), (hasButton = false), draw()),
    // at sign-out: what the chat remembers goes, whether or not it was opened on this page
    reset: () => ((visitor = undefined), command({ reset: true })),
    identify: (token) => ((visitor = token), tellVisitor()),
    ask: (text) => {
      if (typeof text !== "string" || !text.trim()) return;
      open();
      command({ ask: text });
    },
    lang: (wanted) => {
      lang = language(wanted);
      fixed = true;
      draw();
      if (frame) command({ lang });
    },
    on: (name, handler) => typeof handler === "function" && (handlers[name] ??= []).push(handler),
  };

  function run(name, ...values) {
    if (Object.hasOwn(commands, name)) commands[name](...values);
    else console.warn(`wenlu: there is no command ${String(name)}`);
  }

  const early = window.wenlu?.q ?? [];
  window.wenlu = run;
  run.running = true;
  const begin = () => {
    mount();
    for (const call of early) run(...call);
  };
  if (document.body) begin();
  else addEventListener("DOMContentLoaded", begin);
})();
