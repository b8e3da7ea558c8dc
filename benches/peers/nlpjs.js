// nlp.js with its defaults on one split, as peer.py does the others.
//
// usage: node nlpjs.js TRAIN.tsv OUT.json MESSAGES.tsv…
const fs = require("node:fs");
const { NlpManager } = require("node-nlp");

const read = (path) =>
  fs.readFileSync(path, "utf8").split("\n").slice(1).filter((line) => line.includes("\t")).map((line) => line.split("\t"));

async function main() {
  const [train, out, ...messages] = process.argv.slice(2);
  const rows = read(train);
  const han = rows.filter(([text]) => /\p{Script=Han}/u.test(text)).length;
  const language = han * 2 > rows.length ? "zh" : "en";
  const begun = process.hrtime.bigint();
  const manager = new NlpManager({ languages: [language], forceNER: false, autoSave: false, autoLoad: false, nlu: { log: false } });
  for (const [text, label] of rows) manager.addDocument(language, text, label);
  await manager.train();
  const build_s = Number(process.hrtime.bigint() - begun) / 1e9;
  const asked = messages.flatMap(read);
  for (const [text] of asked.slice(0, 100)) await manager.process(language, text);
  const [said, took_s] = [[], []];
  for (const [text, wanted] of asked) {
    const begun = process.hrtime.bigint();
    const found = await manager.process(language, text);
    took_s.push(Number(process.hrtime.bigint() - begun) / 1e9);
    const ranked = found.classifications.filter((one) => one.intent !== "None");
    // what it is sure of alone comes back as the intent
    const best = ranked.length > 0 ? ranked.slice(0, 3).map((one) => one.intent) : [];
    const top = ranked.length > 0 ? ranked[0].score : 0;
    said.push({ wanted, best, score: top, answers: found.intent !== "None" });
  }
  const peak_kb = process.resourceUsage().maxRSS;
  fs.writeFileSync(out, JSON.stringify({ build_s, peak_kb, took_s, said }));
}

main();
