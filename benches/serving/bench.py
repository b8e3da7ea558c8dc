"""The HTTP API under load, beside a bare handler and nlp.js behind Express: same machine, same run, one table.

Systems take turns, each started anew; of the rounds the median counts. Then Wenlu alone, at half its own rate. The server's
own processor time a turn is what compares on a machine that others use too: rates fall with every other process, and the
load generator takes its share.
"""

import argparse
import contextlib
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "results" / "serving.md"
NAMES = {
    "bare": "axum, a constant answer",
    "nlpjs": "nlp.js behind Express, no journal",
    "storeless": "Wenlu's answers, no store",
    "sqlite": "Wenlu, journal on SQLite",
    "postgres": "Wenlu, journal on PostgreSQL",
}
# processor time a turn, as a multiple of the bare handler's; the rate as a share of its rate; p99 at half the rate as a
# multiple of the disk's own
GOAL_CPU = {"storeless": 7, "sqlite": 13, "postgres": 20}
GOAL_SHARE, GOAL_DISK = 0.15, 3
CONNECTIONS = 64
FSYNCS = 500


def said(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def ask(port, text, number=0):
    body = json.dumps({"conversation": f"web:9f3b2c7d1e8a4056b7c2d3e1f0a59b64-first-{number}", "id": "m", "text": text}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/v1/messages", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return answer.read()


@contextlib.contextmanager
def serving(args, name, folder, answer_bytes):
    port = free_port()
    settings = {"WENLU_RATE_PER_MINUTE": "0", "WENLU_RELOAD": "off", "WENLU_LOG": "error", "WENLU_ADMIN": "off"}
    if name == "bare":
        command = [args.bare, port, answer_bytes]
    elif name == "storeless":
        command = [args.storeless, port]
    elif name == "nlpjs":
        command = ["node", args.node_home / "nlpjs.js", args.corpus, port]
    else:
        command = [args.wenlu, "serve", "--listen", f"127.0.0.1:{port}"]
        settings["DATABASE_URL"] = f"sqlite://{folder}/bench.db" if name == "sqlite" else new_database(args.postgres)
    process = subprocess.Popen([*map(str, command)], env={**os.environ, **settings}, cwd=folder, stdout=subprocess.DEVNULL)
    try:
        for _ in range(1200):
            with contextlib.suppress(OSError):
                ask(port, "你好")
                break
            if process.poll() is not None:
                sys.exit(f"{name} did not start")
            time.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def new_database(server):
    """A new database of the server in WENLU_TEST_POSTGRES."""
    name = f"bench{time.monotonic_ns()}"
    said("psql", "-q", server, "-c", f"CREATE DATABASE {name}")
    return f"{server.rsplit('/', 1)[0]}/{name}"


def cpu_seconds(pid):
    """Processor time of a process so far, its children that have ended included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK"), int(fields[1])


def database_cpu(args):
    """Processor time of all processes of PostgreSQL."""
    folder = said("psql", "-At", args.postgres, "-c", "SHOW data_directory")
    first = int((Path(folder) / "postmaster.pid").read_text().split()[0])
    total = cpu_seconds(first)[0]
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            seconds, parent = cpu_seconds(process.name)
            total += seconds if parent == first else 0
    return total


def measured(args, name, port, pid, texts):
    """Rate and latency under load, with what a turn takes of the processors."""
    begun, database = cpu_seconds(pid)[0], database_cpu(args) if name == "postgres" else 0
    run = loaded(port, texts, args.seconds)
    run["cpu_us"] = (cpu_seconds(pid)[0] - begun) / run["requests"] * 1e6
    run["database_us"] = (database_cpu(args) - database) / run["requests"] * 1e6 if name == "postgres" else 0
    return run


def loaded(port, texts, seconds):
    found = said("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(HERE / "load.lua"),
                 f"http://127.0.0.1:{port}/api/v1/messages", "--", str(texts))
    return json.loads(found.splitlines()[-1])


def steady(args, port, texts, rate, seconds):
    url = f"http://127.0.0.1:{port}/api/v1/messages"
    found = said("node", str(args.node_home / "steady.js"), url, str(texts), str(rate), str(seconds))
    return json.loads(found.splitlines()[-1])


def fsync_us(folder):
    """What the disk takes for one small durable write, the middle and the slowest of a hundred: each commit on SQLite waits
    for one."""
    took = []
    with open(folder / "fsync", "wb") as file:
        for _ in range(FSYNCS):
            file.write(b"x" * 4096)
            file.flush()
            begun = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append((time.perf_counter() - begun) * 1e6)
    return statistics.median(took), statistics.quantiles(took, n=100)[-1]


def facts(args, disk):
    model = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    package = json.loads((HERE / "package.json").read_text())["dependencies"]
    return {
        "machine": f"{model[0].split(':')[1].strip() if model else platform.machine()}, {os.cpu_count()} cores, "
        f"{platform.system()} {platform.release()}; fdatasync of 4 KiB p50 {disk[0]:.0f} µs, p99 {disk[1]:.0f} µs",
        "load before": f"{os.getloadavg()[0]:.1f}",
        "date": time.strftime("%Y-%m-%d"),
        "wenlu": f"{said(args.wenlu, '--version')} {said('git', 'rev-parse', '--short', 'HEAD')}",
        "rustc": said("rustc", "--version"),
        "PostgreSQL": said("psql", "-At", args.postgres, "-c", "SHOW server_version")
        + ", fsync " + said("psql", "-At", args.postgres, "-c", "SHOW fsync"),
        "node": said("node", "--version"),
        **package,
        "wrk": subprocess.run(["wrk", "-v"], capture_output=True, text=True).stdout.split(" [")[0],
    }


def main():
    parser = argparse.ArgumentParser()
    for path in ["--wenlu", "--bare", "--storeless", "--corpus", "--node-home"]:
        parser.add_argument(path, type=Path, required=True)
    parser.add_argument("--postgres", default=os.environ.get("WENLU_TEST_POSTGRES"), required="WENLU_TEST_POSTGRES" not in os.environ)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--systems", nargs="+", default=list(NAMES), choices=list(NAMES))
    parser.add_argument("--out", type=Path, default=RESULTS)
    args = parser.parse_args()
    messages = [line.split("\t")[0] for line in Path("tests/held-out.tsv").read_text(encoding="utf-8").splitlines()[1:]]
    # on the disk that a database would be on, not in memory
    with tempfile.TemporaryDirectory(dir=args.node_home) as folder:
        folder = Path(folder)
        texts = folder / "texts"
        texts.write_text("".join(json.dumps(text, ensure_ascii=False) + "\n" for text in messages), encoding="utf-8")
        disk = fsync_us(folder)
        about = facts(args, disk)
        runs = {name: [] for name in args.systems}
        answer_bytes = 1_000
        for number in range(args.rounds):
            # the bot first, so that the bare handler answers as much as it does
            for name in sorted(args.systems, key=lambda name: name == "bare"):
                with tempfile.TemporaryDirectory(dir=folder) as home, serving(args, name, Path(home), answer_bytes) as (port, pid):
                    if name == "sqlite" and number == 0:
                        sizes = [len(ask(port, text, at)) for at, text in enumerate(messages, 1)]
                        answer_bytes = round(statistics.mean(sizes))
                    loaded(port, texts, 3)
                    runs[name].append(measured(args, name, port, pid, texts))
                    print(name, runs[name][-1], file=sys.stderr)
        rates = {name: statistics.median(run["rate"] for run in found) for name, found in runs.items()}
        halves = {}
        for name in [name for name in args.systems if name in ("sqlite", "postgres")]:
            with tempfile.TemporaryDirectory(dir=folder) as home, serving(args, name, Path(home), answer_bytes) as (port, _):
                loaded(port, texts, 3)
                halves[name] = steady(args, port, texts, round(rates[name] / 2), 2 * args.seconds)
                print(name, "at half its rate", halves[name], file=sys.stderr)
    table = written(args, about, runs, rates, halves, answer_bytes, disk)
    args.out.write_text(table, encoding="utf-8")
    print(table)


def written(args, about, runs, rates, halves, answer_bytes, disk):
    cpu = {name: statistics.median(run["cpu_us"] for run in found) for name, found in runs.items()}

    def row(name):
        middle = {key: statistics.median(run[key] for run in runs[name]) / 1e3 for key in ("p50", "p99")}
        share = f"{rates[name] / rates['bare']:.0%}" if "bare" in rates else "–"
        times = f"{cpu[name] / cpu['bare']:.1f}" if "bare" in cpu else "–"
        beside = statistics.median(run["database_us"] for run in runs[name])
        own = f"{cpu[name]:.0f} + {beside:.0f}" if beside else f"{cpu[name]:.0f}"
        half = halves.get(name)
        at_half = f"{half['rate']:,.0f} | {half['p50'] / 1e3:.0f} | {half['p99'] / 1e3:.0f}" if half else "– | – | –"
        bad = sum(run["bad"] for run in [*runs[name], *([half] if half else [])])
        return (f"| {NAMES[name]} | {own} | {times} | {rates[name]:,.0f} | {share} | {middle['p50']:.1f} | {middle['p99']:.1f} "
                f"| {at_half} | {bad} |")

    def judged(name):
        found = []
        if "bare" in cpu:
            found.append((cpu[name] <= GOAL_CPU[name] * cpu["bare"], f"processor time at most {GOAL_CPU[name]} times the bare handler's"))
        if "bare" in rates and name in halves:
            found.append((rates[name] >= GOAL_SHARE * rates["bare"], f"at least {GOAL_SHARE:.0%} of its rate"))
        if name in halves:
            found.append((halves[name]["p99"] <= GOAL_DISK * disk[1], f"p99 at half the rate at most {GOAL_DISK} times the disk's"))
        return f"- {NAMES[name]}: " + "; ".join(f"{goal}: {'reached' if is_met else 'missed'}" for is_met, goal in found) + "."

    return "\n".join([
        "# Serving",
        "",
        "Written by `benches/serving/run.sh`; do not edit.",
        "",
        *[f"- {name}: {value}" for name, value in about.items()],
        "",
        f"`POST /api/v1/messages` on loopback from {CONNECTIONS} connections of wrk on the same cores, 10,000 conversations, the",
        f"messages of tests/held-out.tsv; the median of {args.rounds} rounds of {args.seconds} s, systems in turn. Wenlu journals each turn",
        f"durably before it answers; the bare handler reads nothing and answers {answer_bytes:,} bytes, as much as Wenlu does on average;",
        "without a store the same answers are made, with the conversations in a map of the process; nlp.js, which has one thread, is",
        "trained with the same examples, and keeps nothing. CPU µs: processor time of the server alone for a message, user and system",
        "(+ that of PostgreSQL's own processes). At half its rate: messages come when they are due (autocannon), whatever the server",
        "does.",
        "",
        "| | CPU µs | × bare | messages/s | of the bare handler | p50 ms | p99 ms | half the rate | p50 ms | p99 ms | failed |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        *[row(name) for name in runs],
        "",
        "Goals:",
        "",
        *[judged(name) for name in runs if name in GOAL_CPU],
        "",
    ])


main()
