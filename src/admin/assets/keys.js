// Keyboard shortcuts of lists: j and k move down and up, Enter opens, / searches, ? lists all keys.
const rows = () => [...document.querySelectorAll("[data-row]")];
const typing = (node) => node.closest("input, textarea, select, [contenteditable]");

function go(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(document.activeElement.closest("[data-row]"));
  const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1);
  const row = all[next];
  (row.matches("a") ? row : row.querySelector("a")).focus();
  row.scrollIntoView({ block: "nearest" });
}

// A key set by the page with data-key: clicks the button, or focuses the input.
function press(key) {
  const named = [...document.querySelectorAll("[data-key]")].find((node) => node.dataset.key === key && !node.disabled);
  return named && (() => (named.matches("select, input, textarea") ? named.focus() : named.click()));
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
  const help = document.getElementById("keys");
  const act = {
    j: () => go(1),
    k: () => go(-1),
    "/": () => document.querySelector("input[type=search]")?.focus(),
    "?": () => help && (help.open ? help.close() : help.showModal()),
  }[event.key] || press(event.key);
  if (!act) return;
  event.preventDefault();
  act();
});

document.getElementById("keys-open")?.addEventListener("click", () => document.getElementById("keys").showModal());

// Reloads the page after data-reload seconds while a job runs, unless a text field has the focus.
const wait = document.querySelector("[data-reload]");
if (wait) setTimeout(() => typing(document.activeElement) || location.reload(), 1000 * wait.dataset.reload);

// A button with data-copy copies the text of the field of that id; without a clipboard it is selected.
for (const button of document.querySelectorAll("[data-copy]"))
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = "已复制";
    } catch {
      button.textContent = "已选中，请按 Ctrl+C";
    }
  });
