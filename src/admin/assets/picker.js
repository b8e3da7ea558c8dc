// Finds an intent by what is typed: the server looks through titles and examples, and says how sure the bot would be.
// What is chosen is set in the list of intents, which works without this, too.

const list = document.querySelector("select[name=intent]");
const field = document.getElementById("find-intent");
const found = document.getElementById("found-intents");
const PAUSE = 200;
let timer;
let asked = new AbortController();

function choose(id) {
  list.value = id;
  for (const one of found.querySelectorAll("button")) one.setAttribute("aria-pressed", String(one.dataset.intent === id));
  list.focus();
}

async function look() {
  asked.abort();
  const mine = (asked = new AbortController());
  const typed = field.value.trim();
  if (!typed) return found.replaceChildren();
  try {
    const response = await fetch(`/admin/find-intent?${new URLSearchParams({ text: typed })}`, { signal: mine.signal, redirect: "manual" });
    if (!response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    found.replaceChildren(...page.body.childNodes);
  } catch (error) {
    if (!mine.signal.aborted) console.error(error);
  }
}

if (list && field) {
  field.closest("[hidden]")?.removeAttribute("hidden");
  field.addEventListener("input", (event) => {
    clearTimeout(timer);
    if (!event.isComposing) timer = setTimeout(look, PAUSE);
  });
  field.addEventListener("compositionend", look);
  // Enter would send the form: it takes the first that was found
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    const first = found.querySelector("button");
    if (first) choose(first.dataset.intent);
  });
  found.addEventListener("click", (event) => {
    const one = event.target.closest("button");
    if (one) choose(one.dataset.intent);
  });
}
