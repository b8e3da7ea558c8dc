// Who is writing: the dots that the asker sees while an answer is on its way or a person writes; and, for that person, that
// the asker does. What is written is not sent.

import { tellTyping } from "./talk.js";

const AGAIN = 5_000;
// What was told holds no longer than this.
const HOLDS = 15_000;

// `node`: the dots; `text`: the field; `chat()`: the conversation; `scroll()` shows its end.
export function typingHints({ node, text, chat, scroll }) {
  let waits = false, writes = false;
  let told = 0;

  function draw() {
    node.hidden = !waits && !writes;
  }

  async function tell(typing) {
    told = typing ? Date.now() : 0;
    try {
      await tellTyping(chat().conversation, typing);
    } catch {
      // nobody misses it
    }
  }

  text.addEventListener("input", () => {
    // a person is expected, or takes part
    if (!chat().expects) return;
    if (!text.value.trim()) return stop();
    if (Date.now() - told > AGAIN) tell(true);
  });

  function stop() {
    if (Date.now() - told < HOLDS) tell(false);
  }

  return {
    stop,
    wait: (now) => ((waits = now), draw()),
    show(now) {
      if (writes === now) return;
      writes = now;
      draw();
      if (now) scroll();
    },
  };
}
