#!/usr/bin/env python3
"""A soak: a server answers for half an hour while its knowledge is edited every five seconds, reviewers draft and discard, and
conversations are handed over.

    benches/soak/soak.py BINARY [--minutes M] [--out FOLDER]

BINARY is a release build. Prints errors, resident memory and descriptors over time, and writes soak.tsv and soak.svg (into
benches/results unless told otherwise). Ends with 1 after any error."""

import argparse
import collections
import itertools
import json
import random
import secrets
import threading
import time
from pathlib import Path

from served import ROOT, Client, Server

RELOAD_EVERY = 5
MEASURE_EVERY = 5
# errors that are printed, one by one; more are counted
PRINTED = 20
TALKERS = 4
REVIEW_EVERY = 3


class Soak:
    def __init__(self, binary, seconds):
        self.server = Server(binary)
        self.until = time.monotonic() + seconds
        self.begun = time.monotonic()
        self.errors = []
        self.counts = collections.Counter()
        self.rows = []

    def goes_on(self):
        return time.monotonic() < self.until

    def wrong(self, what):
        self.errors.append(what)
        if len(self.errors) <= PRINTED:
            print(f"ERROR after {time.monotonic() - self.begun:.0f} s: {what}", flush=True)

    def run(self, work, *given):
        """Work in a thread of its own; what it raises is an error of the soak."""
        def guarded():
            try:
                work(*given)
            except Exception as error:
                self.wrong(f"{work.__name__}: {error!r}")
        thread = threading.Thread(target=guarded)
        thread.start()
        return thread

    def talk(self, talker, questions):
        chance, client = random.Random(talker), Client(self.server)
        for number in itertools.count():
            if not self.goes_on():
                return
            conversation, buttons = f"soak:{secrets.token_hex(16)}", []
            for turn in range(6):
                # one in ten is handed over
                if turn == 5 and number % 10 == 0:
                    said = {"text": "转人工"}
                    self.counts["hand-overs"] += 1
                elif buttons and chance.random() < 0.4:
                    said = {"button": chance.choice(buttons)}
                else:
                    said = {"text": chance.choice(questions)}
                status, text = client.say(conversation, turn, **said)
                if status != 200:
                    self.wrong(f"message: {status} {text[:200]}")
                    break
                self.counts["messages"] += 1
                replies = json.loads(text)["replies"]
                buttons = [b["data"] for reply in replies for b in reply.get("buttons", []) if b.get("data")]

    def reload(self):
        client, version = Client(self.server), None
        for number in itertools.count(1):
            if not self.goes_on():
                return
            self.server.edit(number)
            time.sleep(RELOAD_EVERY)
            status, ready = client.ready()
            if status != 200 or ready["knowledge"]["last_attempt"] != "ok":
                self.wrong(f"readyz: {status} {ready}")
            if ready["knowledge"]["version"] != version:
                self.counts["reloads"] += 1
            version = ready["knowledge"]["version"]

    def review(self, client):
        """Looks through the queue and the pages, drafts an edit by hand and discards it."""
        reply = (ROOT / "content" / "zh" / "migration-ids.md").read_text()
        pages = ["/admin", "/admin/clusters", "/admin/journal", "/admin/intents", "/admin/changes", "/admin/audit",
                 "/admin/try?text=openid"]
        for number in itertools.count():
            if not self.goes_on():
                return
            for page in pages:
                status, text = client.get(page)
                if status != 200:
                    self.wrong(f"{page}: {status} {text[:200]}")
                self.counts["pages"] += 1
            content = reply + f"\n第 {number} 次修改。\n"
            status, text = client.post("/admin/files", path="content/zh/migration-ids.md", content=content)
            if status != 303:
                self.wrong(f"draft: {status} {text[:200]}")
                continue
            draft = client.location
            # its page works out what the draft would change
            status, _ = client.get(draft)
            discarded, text = client.post(f"{draft}/discard")
            if (status, discarded) != (200, 303):
                self.wrong(f"draft: {status}, discarded: {discarded} {text[:200]}")
            self.counts["drafts"] += 1
            time.sleep(REVIEW_EVERY)

    def measure(self):
        while self.goes_on():
            seconds = time.monotonic() - self.begun
            row = (seconds, self.server.memory(), self.server.descriptors(), self.counts["messages"], len(self.errors))
            self.rows.append(row)
            print("{:6.0f} s  {:6.0f} MB  {:4} descriptors  {:9} messages  {} errors".format(*row), flush=True)
            time.sleep(MEASURE_EVERY)

    def go(self, questions):
        reviewer = Client(self.server)
        reviewer.sign_in()
        threads = [self.run(self.measure), self.run(self.reload), self.run(self.review, reviewer)]
        threads += [self.run(self.talk, talker, questions) for talker in range(TALKERS)]
        for thread in threads:
            thread.join()
        code = self.server.process.poll()
        if code is not None:
            self.wrong(f"the server ended with {code}\n{self.server.said()}")
        elif (code := self.server.stop()) != 0:
            self.wrong(f"the server stopped with {code}")


def held_out():
    rows = (ROOT / "tests" / "held-out.tsv").read_text().splitlines()
    return [row.split("\t")[0] for row in rows if row and not row.startswith("#")]


def svg(rows):
    """Memory and descriptors over time, each in a panel from zero."""
    wide, high, left = 720, 150, 60
    last = max(rows[-1][0], 1)
    parts = []
    for panel, (column, name, unit) in enumerate([(1, "resident memory", "MB"), (2, "descriptors", "")]):
        top, most = 30 + panel * (high + 50), max(row[column] for row in rows) * 1.1 or 1
        points = " ".join(
            f"{left + row[0] / last * wide:.1f},{top + high - row[column] / most * high:.1f}" for row in rows)
        parts.append(f'<text x="{left}" y="{top - 8}">{name}{", " + unit if unit else ""}</text>')
        for share in (0, 0.5, 1):
            y = top + high - share * high
            parts.append(f'<line x1="{left}" x2="{left + wide}" y1="{y}" y2="{y}" stroke="#ccc"/>')
            parts.append(f'<text x="{left - 6}" y="{y + 4}" text-anchor="end">{most * share:.0f}</text>')
        parts.append(f'<polyline points="{points}" fill="none" stroke="#2a6" stroke-width="1.5"/>')
        parts.append(f'<text x="{left + wide}" y="{top + high + 16}" text-anchor="end">{last / 60:.0f} min</text>')
    body = "\n".join(parts)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide + left + 20}" height="{2 * (high + 50) + 20}" '
            f'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>\n{body}\n</svg>\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--out", type=Path, default=ROOT / "benches" / "results")
    given = parser.parse_args()
    soak = Soak(given.binary, given.minutes * 60)
    soak.go(held_out())
    given.out.mkdir(parents=True, exist_ok=True)
    head = "seconds\tmemory_mb\tdescriptors\tmessages\terrors\n"
    lines = ("\t".join(f"{value:.0f}" for value in row) + "\n" for row in soak.rows)
    (given.out / "soak.tsv").write_text(head + "".join(lines))
    (given.out / "soak.svg").write_text(svg(soak.rows))
    print(", ".join(f"{count} {what}" for what, count in sorted(soak.counts.items())) + f", {len(soak.errors)} errors")
    raise SystemExit(bool(soak.errors))


if __name__ == "__main__":
    main()
