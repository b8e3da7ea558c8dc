// A conversation through wechat-crypto, which signs, seals and opens. Usage: node crypto_talk.cjs ADDRESS
const WXBizMsgCrypt = require("wechat-crypto");
const assert = require("node:assert");
const nodeCrypto = require("node:crypto");

const [address] = process.argv.slice(2);
const token = "sealedToken";
const crypt = new WXBizMsgCrypt(token, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9", "wxsealed0123456789");
const asker = "oNpm-asker_1";
let count = Date.now() * 1000;

const field = (xml, name) => {
  const found = xml.match(new RegExp(`<${name}>(?:<!\\[CDATA\\[)?([\\s\\S]*?)(?:\\]\\]>)?</${name}>`));
  return found && found[1];
};
const unescape = (text) =>
  text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
const sha1 = (...parts) => nodeCrypto.createHash("sha1").update(parts.sort().join("")).digest("hex");

async function post(xml) {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const nonce = String(++count);
  const encrypt = crypt.encrypt(xml);
  const query = new URLSearchParams({
    signature: sha1(token, timestamp, nonce), timestamp, nonce, openid: asker, encrypt_type: "aes",
    msg_signature: crypt.getSignature(timestamp, nonce, encrypt),
  });
  const body = `<xml><ToUserName><![CDATA[gh_npm]]></ToUserName><Encrypt><![CDATA[${encrypt}]]></Encrypt></xml>`;
  const answer = await fetch(`${address}/sealed?${query}`, { method: "POST", body });
  assert.equal(answer.status, 200);
  const text = await answer.text();
  if (text === "success") return null;
  const sealed = field(text, "Encrypt");
  const signed = crypt.getSignature(field(text, "TimeStamp"), field(text, "Nonce"), sealed);
  assert.equal(field(text, "MsgSignature"), signed);
  const { message, id } = crypt.decrypt(sealed);
  assert.equal(id, "wxsealed0123456789");
  assert.equal(field(message, "ToUserName"), asker);
  assert.equal(field(message, "FromUserName"), "gh_npm");
  return unescape(field(message, "Content"));
}

async function say(text) {
  const xml = `<xml><ToUserName><![CDATA[gh_npm]]></ToUserName><FromUserName><![CDATA[${asker}]]></FromUserName>` +
    `<CreateTime>${Math.floor(Date.now() / 1000)}</CreateTime><MsgType><![CDATA[text]]></MsgType>` +
    `<Content><![CDATA[${text}]]></Content><MsgId>${++count}</MsgId></xml>`;
  const first = await post(xml);
  assert.equal(await post(xml), first);
  assert.ok(first && Buffer.byteLength(first) <= 2047, first);
  return first;
}

(async () => {
  assert.match(await say("小程序迁移后 openid 会变吗"), /openid/i);
  assert.match(await say("菜单"), /回复数字选择/);
  await say("1");
  // every length of the padding
  for (let length = 1; length <= 40; length += 1) await say("问".repeat(length % 7 + 1) + "x".repeat(length));
  console.log("wechat-crypto, sealed: 43 messages, each answer the same twice");
})();
