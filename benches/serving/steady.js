// Messages at a constant rate, whatever the server does: a request that has to wait counts from when it was due.
// Prints one line of JSON, in microseconds as load.lua does.  usage: node steady.js URL TEXTS RATE SECONDS
const fs = require("node:fs");
const autocannon = require("autocannon");

const [url, path, rate, seconds] = process.argv.slice(2);
const texts = fs.readFileSync(path, "utf8").trim().split("\n");
const run = Date.now();
let count = 0;

function setupRequest(request) {
  count += 1;
  const body = `{"conversation":"web:9f3b2c7d1e8a4056b7c2d3e1f0a59b64-${run}-${count % 10000}","id":"m${count}","text":${texts[count % texts.length]}}`;
  return { ...request, body };
}

async function main() {
  const found = await autocannon({
    url,
    connections: 64,
    overallRate: Number(rate),
    duration: Number(seconds),
    requests: [{ method: "POST", headers: { "content-type": "application/json" }, setupRequest }],
  });
  const { latency, requests, errors, non2xx } = found;
  console.log(JSON.stringify({ rate: requests.total / found.duration, p50: latency.p50 * 1e3, p99: latency.p99 * 1e3, bad: errors + non2xx }));
}

main();
