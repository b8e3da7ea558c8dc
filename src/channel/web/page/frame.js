// The chat in a frame of another site's page. What the page asks for comes over a port, from the site that the server let
// show the frame. Over it the page learns that there is something new, and the conversation's name, which it keeps: with that
// any script of the site can read the conversation (/api/v1/history, masked) and go on with it.

import { ask, begun, changeLang, identifyAs, onTurn, resume, startOver } from "./chat.js";
import { icon, make } from "./draw.js";
import { around } from "./talk.js";
import { word } from "./words.js";

const { site, page } = document.documentElement.dataset;
let port;
let shown = false;
let unread = 0;

function hear(data) {
  if (typeof data?.open === "boolean") {
    shown = data.open;
    if (shown) unread = 0;
    if (shown && !matchMedia("(pointer: coarse)").matches) document.getElementById("text").focus({ preventScroll: true });
  }
  if (typeof data?.ask === "string" && data.ask.trim()) ask(data.ask.trim().slice(0, 2_000));
  if (data?.reset) startOver();
  if (typeof data?.identify === "string") identified(data.identify);
  if (data?.page && page === "path") around.page = { address: String(data.page.address), title: String(data.page.title) };
  if (data?.lang === "zh" || data?.lang === "en") changeLang(data.lang);
}

// Whoever is not taken at their site's word asks without a name.
async function identified(token) {
  try {
    await identifyAs(token);
    tellKept();
    port?.postMessage({ identified: true });
  } catch (error) {
    port?.postMessage({ identified: false, why: error.detail || error.message || "the server was not reached" });
  }
}

function greet(event) {
  if (event.source !== parent || event.origin !== site || event.data?.wenlu !== 1 || !event.ports[0]) return;
  port?.close();
  port = event.ports[0];
  port.onmessage = ({ data }) => hear(data);
  hear({ open: event.data.open });
  if (/^[0-9a-f]{32}$/.test(event.data.kept)) resume(event.data.kept);
  else tellKept();
}

// Which conversation the page around the chat may remember: some browsers forget after a week what a frame keeps.
function tellKept() {
  port?.postMessage({ kept: begun() });
}

onTurn((who) => {
  tellKept();
  if (who === "new") return;
  port?.postMessage({ message: who });
  if (who === "bot" && !shown) port?.postMessage({ unread: ++unread });
});

const close = make("button", { type: "button", class: "tool", id: "close", onclick: () => port?.postMessage({ close: true }) }, icon("close"));
const label = () => close.setAttribute("aria-label", word("close"));
addEventListener("words", label);
label();
document.querySelector(".tools").append(close);
// Escape first closes what is open in the chat, then the chat.
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (document.getElementById("options").hidden) port?.postMessage({ close: true });
});

addEventListener("message", greet);
parent.postMessage({ wenlu: 1 }, site);
