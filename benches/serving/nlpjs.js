// The same bot on nlp.js with its defaults, behind Express: the answer to the best intent, no conversation, no journal.
//
// usage: node nlpjs.js CORPUS.json PORT
const fs = require("node:fs");
const express = require("express");
const { NlpManager } = require("node-nlp");

async function main() {
  const [path, port] = process.argv.slice(2);
  const corpus = JSON.parse(fs.readFileSync(path, "utf8"));
  const manager = new NlpManager({ languages: ["zh"], forceNER: false, autoSave: false, autoLoad: false, nlu: { log: false } });
  for (const { intent, utterances, answers } of corpus.data) {
    for (const text of utterances) manager.addDocument("zh", text, intent);
    for (const answer of answers ?? []) manager.addAnswer("zh", intent, typeof answer === "string" ? answer : answer.answer);
  }
  await manager.train();
  const app = express();
  app.use(express.json());
  app.post("/api/v1/messages", async (request, response) => {
    const found = await manager.process("zh", request.body.text);
    response.json({ intent: found.intent, confidence: found.score, text: found.answer ?? "" });
  });
  app.listen(Number(port), "127.0.0.1");
}

main();
