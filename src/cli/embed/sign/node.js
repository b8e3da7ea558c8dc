// Node.js, on the site's server. WENLU_EMBED_SECRET is the secret that Wenlu has in WENLU_EMBED_SECRETS.
const { createHmac } = require("node:crypto");

function wenluToken(id, name) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { sub: String(id), name, aud: "%site%", exp: Math.floor(Date.now() / 1000) + 3600 };
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${createHmac("sha256", process.env.WENLU_EMBED_SECRET).update(signed).digest("base64url")}`;
}
