// Pictures and files of the asker: chosen with the button, pasted into the field, or dropped on the page.

import { make } from "./draw.js";
import { word } from "./words.js";

const KINDS = "image/jpeg,image/png,image/webp,image/gif,application/pdf";
const MOST_BYTES = 8 * 1024 * 1024;
// off, people (while a person is expected) or on: the server decides again.
const policy = document.body.dataset.files;

// `send` gets each file; `refuse` a sentence that says why one is not sent. Returns what is called whenever it changes
// whether a person is expected.
export function attachments({ button, text, places, send, refuse }) {
  const choice = make("input", { type: "file", accept: KINDS, multiple: true, hidden: true, id: "file" });
  button.after(choice);

  function take(files) {
    refuse("");
    for (const file of files) {
      if (file.size > MOST_BYTES) refuse(word("errors").file_too_large);
      else send(file);
    }
  }

  button.addEventListener("click", () => choice.click());
  choice.addEventListener("change", () => {
    take([...choice.files]);
    choice.value = "";
    text.focus();
  });
  text.addEventListener("paste", (event) => {
    if (button.hidden || !event.clipboardData.files.length) return;
    event.preventDefault();
    take([...event.clipboardData.files]);
  });
  for (const place of places) {
    place.addEventListener("dragover", (event) => button.hidden || event.preventDefault());
    place.addEventListener("drop", (event) => {
      if (button.hidden || !event.dataTransfer.files.length) return;
      event.preventDefault();
      take([...event.dataTransfer.files]);
    });
  }
  return (expected) => (button.hidden = !(policy === "on" || (policy === "people" && expected)));
}
