// A notice through @wecom/crypto, WeCom's own library in npm, which signs, seals and opens; and a small API that keeps a message and
// takes the answer. Usage: node wecom_talk.cjs PROGRAM FOLDER
const { getSignature, decrypt, encrypt } = require("@wecom/crypto");
const assert = require("node:assert");
const http = require("node:http");
const { spawn } = require("node:child_process");

const [program, folder] = process.argv.slice(2);
const corp = "ww0123456789abcdef", account = "wkNpm_0123-a", customer = "wmNpm-asker_1";
const token = "sealedToken", key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9";
const messages = [], sent = [];

const api = http.createServer((request, response) => {
  let body = "";
  request.on("data", (part) => (body += part));
  request.on("end", () => {
    const path = new URL(request.url, "http://a").pathname, asked = body ? JSON.parse(body) : {};
    let answer = { errcode: 0, errmsg: "ok" };
    if (path.endsWith("/gettoken")) answer = { ...answer, access_token: "t".repeat(200), expires_in: 7200 };
    if (path.endsWith("/account/list")) answer.account_list = [{ open_kfid: account, name: "npm" }];
    if (path.endsWith("/sync_msg")) {
      const from = Number((asked.cursor || "C0").slice(1));
      answer = { ...answer, next_cursor: `C${messages.length}`, has_more: 0, msg_list: messages.slice(from) };
    }
    if (path.endsWith("/send_msg")) sent.push(asked);
    response.end(JSON.stringify(answer));
  });
});

const signed = (plain, number) => {
  const seal = encrypt(key, plain, corp), time = String(Math.floor(Date.now() / 1000)), nonce = String(number);
  const query = { msg_signature: getSignature(token, time, nonce, seal), timestamp: time, nonce };
  assert.deepEqual({ ...decrypt(key, seal) }.message, plain);
  return { query, seal };
};

async function until(what, is) {
  for (let at = 0; at < 1200; at += 1) {
    if (is()) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`never: ${what}`);
}

api.listen(0, "127.0.0.1", async () => {
  const url = `http://127.0.0.1:${api.address().port}`;
  const server = spawn(program, ["serve", "--listen", "127.0.0.1:0", "--root", process.cwd()], {
    env: {
      PATH: process.env.PATH, DATABASE_URL: `sqlite://${folder}/wecom.db`, WENLU_WECOM_CORP_ID: corp,
      WENLU_WECOM_SECRET: "abcdefghijklmnopqrstuvwxyz0123456789ABC-_12", WENLU_WECOM_TOKEN: token,
      WENLU_WECOM_AES_KEY: key, WENLU_WECOM_API_URL: url,
    },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let code = 1;
  try {
    let out = "";
    server.stdout.on("data", (part) => (out += part));
    await until("it listens", () => /http:\/\/127[^ \n]*/.test(out));
    const address = `${out.match(/http:\/\/127[^ \n]*/)[0].replace(/\/$/, "")}/wecom`;
    const echo = signed("1616140317555161061", 1);
    const checked = await fetch(`${address}?${new URLSearchParams({ ...echo.query, echostr: echo.seal })}`);
    assert.equal(await checked.text(), "1616140317555161061");
    const questions = ["小程序迁移后 openid 会变吗", "菜单", "怎么注销小程序"];
    for (const [at, question] of questions.entries()) {
      messages.push({
        msgid: `m${at}`, open_kfid: account, external_userid: customer, origin: 3, msgtype: "text",
        send_time: Math.floor(Date.now() / 1000), text: { content: question },
      });
      const notice = `<xml><ToUserName>${corp}</ToUserName><CreateTime>1</CreateTime><MsgType>event</MsgType>` +
        `<Event>kf_msg_or_event</Event><Token>ENC${"x".repeat(at)}</Token><OpenKfId>${account}</OpenKfId></xml>`;
      const { query, seal } = signed(notice, at + 2);
      const body = `<xml><ToUserName>${corp}</ToUserName><Encrypt><![CDATA[${seal}]]></Encrypt><AgentID></AgentID></xml>`;
      const answer = await fetch(`${address}?${new URLSearchParams(query)}`, { method: "POST", body });
      assert.equal(await answer.text(), "success");
      const before = sent.length;
      await until(`an answer to ${question}`, () => sent.length > before);
    }
    const ids = sent.map((message) => message.msgid);
    assert.equal(new Set(ids).size, ids.length);
    for (const message of sent) {
      assert.equal(message.touser, customer);
      assert.match(message.msgid, /^[0-9a-zA-Z_-]{1,32}$/);
      assert.ok(Buffer.byteLength(message.text?.content ?? message.msgmenu.head_content) <= 2048);
    }
    assert.ok(sent.some((message) => message.msgtype === "msgmenu" && message.msgmenu.list.length <= 10));
    console.log(`@wecom/crypto, sealed: ${questions.length} notices, ${sent.length} messages`);
    code = 0;
  } catch (error) {
    console.error(error);
  } finally {
    server.kill();
    api.close();
    process.exit(code);
  }
});
