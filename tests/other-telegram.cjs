// Whole conversations of the built program with telegram-test-api: see tests/other-telegram.sh.
// Arguments: the program, a folder for its knowledge, database and log.

const { spawn } = require("node:child_process");
const fs = require("node:fs");
const net = require("node:net");
const path = require("node:path");
const TelegramServer = require("telegram-test-api");

const [program, work] = process.argv.slice(2);
const TOKEN = "123456789:AAExampleExampleExampleExampleExampl";
const PATIENCE = 60_000;
const logFile = path.join(work, "wenlu.log");

// What the program knows: one question with four steps.
const KNOWLEDGE = {
  "intents/moving.toml": 'title = "小程序怎么迁移"\nexamples = ["小程序怎么迁移", "小程序迁移流程", "怎么把小程序迁到别的主体"]\n',
  "content/zh/moving.md": "# 小程序怎么迁移\n\n迁移分四步。\n\n1. 准备材料。\n2. 提交申请。\n3. 双方确认。\n4. 等待审核。\n",
};

const freePort = () =>
  new Promise((found) => {
    const probe = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => found(port));
    });
  });

function fail(message) {
  const log = fs.existsSync(logFile) ? fs.readFileSync(logFile, "utf8") : "";
  console.error(`other-telegram: ${message}\n${log}`);
  process.exitCode = 1;
  throw new Error(message);
}

async function until(what, find, shown = () => "") {
  for (const end = Date.now() + PATIENCE; Date.now() < end; ) {
    const found = find();
    if (found) return found;
    await new Promise((wake) => setTimeout(wake, 20));
  }
  return fail(`this did not come: ${what}\n${shown()}`);
}

async function main() {
  for (const [name, text] of Object.entries(KNOWLEDGE)) {
    fs.mkdirSync(path.join(work, path.dirname(name)), { recursive: true });
    fs.writeFileSync(path.join(work, name), text);
  }
  const port = await freePort();
  const server = new TelegramServer({ port, host: "127.0.0.1", storeTimeout: 600 });
  await server.start();
  const bot = start(port);
  const ended = new Promise((done) => bot.on("exit", (code) => done(code)));
  try {
    await Promise.all([walksThroughSteps(server), asksForAPerson(server), speaksEnglish(server), asksAtOnce(server)]);
    bot.kill("SIGTERM");
    const code = await ended;
    if (code !== 0) fail(`it ended with ${code}`);
    if (/panic|ERROR/.test(fs.readFileSync(logFile, "utf8"))) fail("there is an error in the log");
    console.log("other-telegram: telegram-test-api is served");
  } finally {
    bot.kill("SIGKILL");
    await server.stop();
  }
}

function start(port) {
  const log = fs.openSync(logFile, "a");
  return spawn(program, ["serve", "--root", work], {
    cwd: work,
    stdio: ["ignore", log, log],
    env: {
      PATH: process.env.PATH,
      TELOXIDE_TOKEN: TOKEN,
      TELEGRAM_API_URL: `http://127.0.0.1:${port}`,
      DATABASE_URL: `sqlite://${path.join(work, "wenlu.db")}`,
      WENLU_LISTEN: "127.0.0.1:0",
      WENLU_TELEGRAM_SPEED: "100",
    },
  });
}

// Somebody in a private chat.
function person(server, id, language) {
  const client = server.getClient(TOKEN, { userId: id, chatId: id, firstName: `客人${id}` });
  const from = { from: { language_code: language } };
  const shown = () => server.storage.botMessages.filter((sent) => Number(sent.message.chat_id) === id);
  return {
    say: (text) => client.sendMessage(client.makeMessage(text, from)),
    command: (text) => client.sendCommand(client.makeCommand(text, from)),
    press: (sent, data) => {
      const message = { message_id: sent.messageId, date: Math.floor(Date.now() / 1000) };
      return client.sendCallback(client.makeCallbackQuery(data, { message, ...from }));
    },
    shown,
    hears: (count, text) =>
      until(`${count} messages to ${id}, the last with ${text}`, () => {
        const sent = shown();
        if (sent.length > count) fail(`${id} got ${sent.length} messages instead of ${count}`);
        return sent.length === count && sent[count - 1].message.text.includes(text) && sent[count - 1];
      }, () => shown().map((sent) => sent.message.text).join("\n—\n")),
  };
}

const button = (sent, label) => {
  const rows = sent.message.reply_markup?.inline_keyboard ?? [];
  const found = rows.flat().find((it) => it.text.includes(label));
  return found ? found.callback_data : fail(`no button ${label} in ${JSON.stringify(rows)}`);
};

// The steps are shown in one message, which is edited; that and the press are answered with `result: null`.
async function walksThroughSteps(server) {
  const asker = person(server, 11, "zh-hans");
  await asker.command("/start");
  await asker.hears(1, "");
  await asker.say("小程序怎么迁移");
  const steps = await asker.hears(2, "第 1 步");
  for (const step of [2, 3, 4]) {
    const now = asker.shown()[1];
    await asker.press(now, button(now, "下一步"));
    await until(`step ${step}`, () => asker.shown()[1].message.text.includes(`第 ${step} 步`));
  }
  await asker.press(steps, button(asker.shown()[1], "有用"));
  await asker.hears(3, "");
}

async function asksForAPerson(server) {
  const asker = person(server, 12, "zh-hans");
  await asker.say("转人工");
  await asker.hears(1, "");
  await asker.say("在吗");
  await asker.hears(2, "");
}

async function speaksEnglish(server) {
  const asker = person(server, 13, "en");
  await asker.command("/help");
  await asker.hears(1, "");
  if (/[\u4e00-\u9fff]{6}/.test(asker.shown()[0].message.text)) fail("English was asked for");
}

// Ten at once, three questions each: every one is answered once, in order.
async function asksAtOnce(server) {
  const askers = Array.from({ length: 10 }, (_, index) => person(server, 100 + index, "zh-hans"));
  for (const question of ["谢谢", "你好", "再见"]) await Promise.all(askers.map((asker) => asker.say(question)));
  for (const asker of askers) await asker.hears(3, "");
  const answers = (asker) => JSON.stringify(asker.shown().map((sent) => sent.message.text));
  if (new Set(askers.map(answers)).size !== 1) fail("not all were answered alike");
}

main().catch((error) => {
  if (!process.exitCode) console.error(error);
  process.exit(1);
});
