// The page's own words. What the bot says comes from the server.

const words = {
  zh: {
    human: "转人工",
    humanText: "转人工",
    tools: "工具",
    theme: "切换深浅色",
    fresh: "新对话",
    save: "保存对话",
    saveText: "把这台设备上的对话存成一个文件。里面有您写过的话，请放在只有您能看到的地方。",
    saveAsText: "文字（.txt）",
    saveAsPage: "网页，可以打印（.html）",
    other: "EN",
    otherLabel: "EN: switch to English",
    log: "对话",
    typing: "正在输入",
    ask: "请输入您的问题",
    send: "发送",
    options: "猜您想问",
    optionCount: (count) => `有 ${count} 条建议，按上下键选择`,
    privacy: "隐私说明",
    askTitle: "开始新的对话？",
    askText: "当前的对话记录会从这台设备上清除。",
    cancel: "取消",
    begin: "开始",
    retry: "重试",
    step: (at, count) => `第 ${at} 步，共 ${count} 步`,
    steps: (count) => `共 ${count} 步`,
    feedback: "这个回答有用吗？",
    thanks: "已收到您的反馈",
    unclear: "哪里没说清楚？（可以不填）",
    rating: "评价这次人工",
    more: "想补充什么吗？（可以不填）",
    noted: "谢谢，已经记下，会据此改进",
    related: "相关问题",
    you: "您",
    person: "同事",
    sending: "发送中…",
    failed: "没有发送成功",
    offline: "网络已断开，恢复后可以重试",
    newTab: "（在新窗口打开）",
    close: "收起",
    left: (count) => `还可以输入 ${count} 字`,
    over: (count) => `超出 ${count} 字，请删短一些再发`,
    attach: "发图片或文件",
    picture: "图片",
    fileGone: "（图片或文件已经不在了）",
    errors: {
      file_too_large: "文件太大了，请控制在 8 MB 以内。",
      file_again: "没有发出，请重新选择一次",
    },
  },
  en: {
    human: "Agent",
    humanText: "talk to a human",
    tools: "Tools",
    theme: "Light or dark",
    fresh: "New conversation",
    save: "Save this conversation",
    saveText: "Saves what this device remembers as a file. It holds what you wrote: keep it where only you can see it.",
    saveAsText: "Text (.txt)",
    saveAsPage: "Page that prints (.html)",
    other: "中文",
    otherLabel: "切换到中文",
    log: "Conversation",
    typing: "Typing",
    ask: "Type your question",
    send: "Send",
    options: "Did you mean to ask",
    optionCount: (count) => `${count} suggestions, use the arrow keys`,
    privacy: "Privacy",
    askTitle: "Start a new conversation?",
    askText: "This conversation will be cleared from this device.",
    cancel: "Cancel",
    begin: "Start",
    retry: "Retry",
    step: (at, count) => `Step ${at} of ${count}`,
    steps: (count) => `${count} steps`,
    feedback: "Was this helpful?",
    thanks: "Thanks for your feedback",
    unclear: "What was unclear? (optional)",
    rating: "Rate this conversation with a colleague",
    more: "Anything to add? (optional)",
    noted: "Thank you, we will use it to improve the answer",
    related: "Related questions",
    you: "You",
    person: "Colleague",
    sending: "Sending…",
    failed: "Not sent",
    offline: "You are offline. Retry when you are back.",
    newTab: " (opens in a new tab)",
    close: "Close the chat",
    left: (count) => `${count} characters left`,
    over: (count) => `${count} characters too many`,
    attach: "Send a picture or a file",
    picture: "Picture",
    fileGone: "(the picture or file is gone)",
    errors: {
      files_not_taken: "Pictures and files cannot be sent right now. Please describe it in words.",
      unfit_file: "That file cannot be sent: please send a JPG, PNG, WebP or GIF picture, or a PDF.",
      file_too_large: "That file is too large: 8 MB at most.",
      file_again: "Not sent. Please choose it again.",
      too_many_files: "There are as many files in this conversation as there may be.",
      no_room_for_files: "Pictures and files cannot be taken at the moment. Please describe it in words.",
      rate_limited: "You are sending too fast. Please wait a moment.",
      text_too_long: "That is a bit long: please keep it under 2,000 characters.",
      timeout: "The network is slow. Please retry.",
      unavailable: "We are busy at the moment. Please retry shortly.",
      internal: "Something went wrong on our side. Please retry shortly.",
    },
  },
};

// The service's own: name, what it is for, footer.
export const brand = JSON.parse(document.getElementById("brand").textContent);
for (const lang of Object.keys(words)) Object.assign(words[lang], brand.words[lang]);

let current = "zh";

export const lang = () => current;
export const word = (key) => words[current][key];

// Puts the words of `next` into the page.
export function speak(next) {
  current = next in words ? next : "zh";
  document.documentElement.lang = current === "zh" ? "zh-CN" : "en";
  document.title = word("title");
  const privacy = document.getElementById("privacy");
  privacy.hidden = !word("privacyAddress");
  if (!privacy.hidden) privacy.href = word("privacyAddress");
  dispatchEvent(new Event("words"));
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = word(node.dataset.word);
  for (const node of document.querySelectorAll("[data-label]")) {
    node.setAttribute("aria-label", word(node.dataset.label));
    if (node.matches(".tool")) node.title = word(node.dataset.label);
  }
}
