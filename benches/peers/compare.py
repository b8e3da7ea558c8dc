"""Wenlu and its peers on the same splits in the same run: one table, its numbers as JSON, and two pictures.

Every system runs in a process of its own, pinned to one core, and is asked one message at a time. Wenlu goes the way its
users go: `wenlu import`, `wenlu eval`; its times are taken in benches/latency.rs, as each peer's are around its own call.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import pictures

HERE = Path(__file__).resolve().parent
SHIPPED = HERE.parent / "data"
RESULTS = HERE.parent / "results"
PEERS = ["nlpjs", "svc", "fasttext", "bm25", "levenshtein"]
NAMES = {
    "wenlu": "Wenlu",
    "nlpjs": "nlp.js",
    "svc": "TF-IDF + linear SVC",
    "fasttext": "fastText",
    "bm25": "BM25, nearest",
    "levenshtein": "Levenshtein, nearest",
}
SETS = ["clinc150", "massive_zh", "massive_zh_near", "smp2020", "sigdial_askubuntu", "sigdial_chatbot", "sigdial_webapps"]
# what massive_zh_near takes out of the training data: their test messages are its out of scope
HELD_OUT = """calendar_query datetime_query email_addcontact lists_remove music_likeness music_query news_query play_music
    play_radio qa_definition qa_factoid social_post takeaway_query transport_ticket weather_query""".split()


def read(path):
    with open(path, encoding="utf-8") as file:
        return [tuple(line.rstrip("\n").split("\t")) for line in file][1:]


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.writelines("\t".join(row) + "\n" for row in [("utterance", "intent"), *rows])


def make_near(massive, out):
    for name in ["train", "shot10_s0", "shot10_s1", "shot10_s2", "test"]:
        write(out / f"{name}.tsv", [row for row in read(massive / f"{name}.tsv") if row[1] not in HELD_OUT])
    away = [(text, "none") for text, label in read(massive / "test.tsv") if label in HELD_OUT]
    write(out / "oos_test.tsv", away)
    return out


def splits(folder):
    """By name: the training files whose results are averaged into one row."""
    official = folder / "shot10_official.tsv"
    draws = [official] if official.exists() else sorted(folder.glob("shot10_s[0-9].tsv"))
    whole = [folder / "train.tsv"] if (folder / "train.tsv").exists() else []
    return {name: files for name, files in [("10", draws), ("all", whole)] if files}


def pinned(command, core):
    """Runs to the end on one core; numeric libraries get one thread."""
    threads = {name: "1" for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]}
    pin = (lambda: os.sched_setaffinity(0, {core})) if hasattr(os, "sched_setaffinity") else None
    done = subprocess.run(command, env={**os.environ, **threads}, preexec_fn=pin, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def auroc(inside, outside):
    if not inside or not outside:
        return None
    ranked = sorted([(score, True) for score in inside] + [(score, False) for score in outside])
    below = total = at = 0
    while at < len(ranked):
        end = at
        while end < len(ranked) and ranked[end][0] == ranked[at][0]:
            end += 1
        ins = sum(is_in for _, is_in in ranked[at:end])
        total += ins * (below + (end - at - ins) / 2)
        below += end - at - ins
        at = end
    return total / (len(inside) * len(outside))


def fpr95(inside, outside):
    if not inside or not outside:
        return None
    cut = sorted(inside)[len(inside) // 20]
    return sum(score >= cut for score in outside) / len(outside)


def times(took_s):
    ordered = sorted(took_s)
    at = lambda share: ordered[int((len(ordered) - 1) * share)] * 1e6
    return {"per_second": len(took_s) / sum(took_s), "p50_us": at(0.5), "p99_us": at(0.99)}


def judge(result):
    """What a peer said, in the terms of `wenlu eval`."""
    inside = [one for one in result["said"] if one["wanted"] != "none" or result["none_is_a_label"]]
    outside = [one for one in result["said"] if not (one["wanted"] != "none" or result["none_is_a_label"])]
    right = lambda one, most=1: one["wanted"] in one["best"][:most]
    share = lambda of, test: sum(map(test, of)) / len(of) if of else None
    scores = [[one["score"] for one in part] for part in (inside, outside)]
    curve = []
    for cut in sorted(set(pictures.quantiles(scores[0] + scores[1], 60))):
        kept = share(inside, lambda one: one["score"] >= cut and right(one))
        curve.append([kept, share(outside, lambda one: one["score"] >= cut)])
    return {
        "accuracy": share(inside, right),
        "top3": share(inside, lambda one: right(one, 3)),
        "auroc": auroc(*scores),
        "fpr95": fpr95(*scores),
        "right": share(inside, lambda one: one["answers"] and right(one)),
        "wrong": share(inside, lambda one: one["answers"] and not right(one)),
        "asked": 0.0,
        "refused": share(inside, lambda one: not one["answers"]),
        "unanswered": share(outside, lambda one: not one["answers"]),
        "curve": curve,
        "build_s": result["build_s"],
        "peak_mb": result["peak_kb"] / 1024,
        **times(result["took_s"]),
    }


def run_peer(system, train, messages, args, scratch):
    out = scratch / "said.json"
    program = [sys.executable, HERE / "peer.py", system] if system != "nlpjs" else ["node", HERE / "nlpjs.js"]
    if system == "nlpjs":
        os.environ["NODE_PATH"] = str(Path(args.node_home).resolve() / "node_modules")
    pinned([*program, train, out, *messages], args.core)
    with open(out, encoding="utf-8") as file:
        return judge({**json.load(file), "none_is_a_label": any(label.lower() == "none" for _, label in read(train))})


def run_wenlu(train, messages, args, scratch):
    root = scratch / "knowledge"
    shutil.rmtree(root, ignore_errors=True)
    pinned([args.wenlu, "import", "--from", "tsv", train, "--out", root], args.core)
    report = json.loads(pinned([args.wenlu, "eval", "--root", root, "--json", "--data", *messages], args.core))
    latency = json.loads(pinned([args.latency, root, *messages], args.core))
    inside, outside = report["inside"], report["outside"]
    of = lambda count, total: count / total if total else None
    asked = inside["offered"] + inside["offered_wrong"]
    return {
        **{key: report[key] for key in ["accuracy", "top3", "auroc", "fpr95", "threshold"]},
        "ece": report["calibration_error"],
        "right": of(inside["right"], report["in_scope"]),
        "wrong": of(inside["wrong"], report["in_scope"]),
        "asked": of(asked, report["in_scope"]),
        "refused": of(inside["refused"], report["in_scope"]),
        "unanswered": of(outside["unanswered"], report["out_of_scope"]),
        "curve": [
            [of(point["inside"]["right"], report["in_scope"]), of(point["outside"]["answered"], report["out_of_scope"])]
            for point in report["curve"]
        ],
        "build_s": latency["build_s"],
        "peak_mb": latency["peak_kb"] / 1024,
        **{key: latency["route"][key] for key in ["per_second", "p50_us", "p99_us"]},
        "jieba_ratio": latency["ratio"],
    }


def start(wenlu):
    """From the start of the server, with the shipped knowledge and a new database, to its first answer."""
    port = 18099
    question = json.dumps({"conversation": "9f3b2c7d1e8a4056b7c2d3e1f0a59b64", "id": "1", "text": "小程序怎么迁移"}).encode()
    took = []
    for _ in range(5):
        with tempfile.TemporaryDirectory() as home:
            settings = {"WENLU_LISTEN": f"127.0.0.1:{port}", "DATABASE_URL": f"sqlite://{home}/wenlu.db", "WENLU_LOG": "error"}
            begun = time.perf_counter()
            server = subprocess.Popen(
                [Path(wenlu).resolve(), "serve"], cwd=home, env={**os.environ, **settings}, stdout=subprocess.DEVNULL
            )
            try:
                while True:
                    request = urllib.request.Request(
                        f"http://127.0.0.1:{port}/api/v1/messages", question, {"Content-Type": "application/json"}
                    )
                    try:
                        urllib.request.urlopen(request, timeout=5).read()
                        break
                    except urllib.error.HTTPError as refused:
                        sys.exit(f"the server answered {refused.code}: {refused.read()[:200]}")
                    except OSError:
                        if server.poll() is not None or time.perf_counter() - begun > 30:
                            sys.exit("the server does not start")
                        time.sleep(0.002)
                took.append(time.perf_counter() - begun)
                status = Path(f"/proc/{server.pid}/status").read_text()
                resident = int(next(l for l in status.splitlines() if l.startswith("VmRSS:")).split()[1]) / 1024
            finally:
                server.terminate()
                server.wait()
    return {"first_answer_s": sorted(took)[len(took) // 2], "fastest_s": min(took), "resident_mb": resident}


def shipped(args):
    """The shipped knowledge on the messages that were written without a look at it."""
    held_out = HERE.parent.parent / "tests/held-out.tsv"
    report = json.loads(pinned([args.wenlu, "eval", "--json", "--data", held_out], args.core))
    latency = json.loads(pinned([args.latency], args.core))
    keys = ["in_scope", "out_of_scope", "inside", "outside", "accuracy", "auroc", "calibration_error", "threshold"]
    # builds one router after the other, on all cores
    stability = json.loads(subprocess.run([args.stability], capture_output=True, text=True, check=True).stdout)
    return {**{key: report[key] for key in keys}, "latency": latency, "start": start(args.wenlu), "stability": stability}


def tell_shipped(found):
    inside, outside, latency, steady = found["inside"], found["outside"], found["latency"], found["stability"]
    return [
        "## The shipped knowledge", "",
        f"tests/held-out.tsv: of {found['in_scope']} messages in scope {inside['right']} are answered rightly, {inside['offered']} "
        f"asked back with the right one among the choices, {inside['refused']} left unanswered, "
        f"{inside['wrong'] + inside['offered_wrong']} answered or asked back wrongly; of {found['out_of_scope']} out of scope "
        f"{outside['unanswered']} are left unanswered and {outside['answered']} answered. AUROC {found['auroc']:.3f}, ECE "
        f"{found['calibration_error']:.3f}, threshold {found['threshold']:.2f}.", "",
        f"A route takes {latency['route']['fastest_mean_us']:.1f} µs on average ({latency['characters']:.0f} characters), p50 "
        f"{latency['route']['fastest_p50_us']:.1f} µs, p99 {latency['route']['fastest_p99_us']:.1f} µs; jieba-rs alone takes "
        f"{latency['jieba']['fastest_mean_us']:.2f} µs, p50 {latency['jieba']['fastest_p50_us']:.2f} µs, p99 "
        f"{latency['jieba']['fastest_p99_us']:.2f} µs: {latency['ratio']:.1f} times as long.", "",
        f"The default threshold when any one of its {steady['intents']} answers is taken out: {steady['without_one']['mean']:.3f} on "
        f"average, standard deviation {steady['without_one']['deviation']:.3f}, {steady['without_one']['least']:.3f} to "
        f"{steady['without_one']['most']:.3f}; with all {steady['threshold']:.3f}. Of the {steady['messages']} messages, those that "
        f"ask for something else are then decided otherwise in {steady['decided_otherwise']['mean']:.1f} cases on average, "
        f"{steady['decided_otherwise']['most']:.0f} at most.", "",
        f"From the start of the server to its first answer over HTTP: {found['start']['first_answer_s'] * 1000:.0f} ms (median of 5, "
        f"fastest {found['start']['fastest_s'] * 1000:.0f} ms, all cores), {found['start']['resident_mb']:.0f} MB resident.", "",
    ]


def tell_growth(lines):
    head = ["## Growth", "", "Knowledge made by rule, all cores for the build.", "",
            "| intents | examples each | build s | route µs | peak MB |", "|---:|---:|---:|---:|---:|"]
    rows = [f"| {l['intents']:,} | {l['examples']} | {l['build_s']:.2f} | {l['route_us']:.1f} | {l['peak_mb']:.0f} |" for l in lines]
    return [*head, *rows, "", "![Growth](growth.svg)", ""]


def mean(results):
    """Of the draws; a curve is the first draw's."""
    keys = [key for key in results[0] if key != "curve"]
    averaged = {key: sum(r[key] for r in results) / len(results) for key in keys if results[0][key] is not None}
    return {**{key: None for key in keys}, **averaged, "curve": results[0]["curve"], "draws": len(results)}


def versions(args):
    told = lambda *command: subprocess.run(command, capture_output=True, text=True).stdout.strip()
    from importlib.metadata import version

    processor = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), "") \
        if os.path.exists("/proc/cpuinfo") else platform.processor()
    modules = ["scikit-learn", "jieba", "fasttext-wheel", "rank-bm25", "rapidfuzz", "numpy"]
    with open(Path(args.node_home) / "node_modules/node-nlp/package.json", encoding="utf-8") as file:
        node_nlp = json.load(file)["version"]
    return {
        "machine": f"{processor}, {os.cpu_count()} cores, {platform.system()} {platform.release()}",
        "load": round(os.getloadavg()[0], 1),
        "date": told("date", "-u", "+%Y-%m-%d"),
        "wenlu": told(args.wenlu, "--version") + " " + told("git", "describe", "--always", "--dirty"),
        "rustc": told("rustc", "--version"),
        "python": platform.python_version(),
        "node": told("node", "--version"),
        "nlp.js": node_nlp,
        **{module: version(module) for module in modules},
    }


def number(value, form):
    return "–" if value is None else format(value, form).removeprefix("0" if form.endswith("f") and ".3" in form else "")


COLUMNS = [
    ("accuracy", "accuracy", ".3f"), ("top 3", "top3", ".3f"), ("AUROC", "auroc", ".3f"), ("FPR95", "fpr95", ".3f"),
    ("ECE", "ece", ".3f"), ("right", "right", ".3f"), ("wrong", "wrong", ".3f"), ("asked back", "asked", ".3f"),
    ("refused", "refused", ".3f"), ("unanswered", "unanswered", ".3f"), ("messages/s", "per_second", ",.0f"),
    ("p50 µs", "p50_us", ",.0f"), ("p99 µs", "p99_us", ",.0f"), ("build s", "build_s", ".2f"), ("peak MB", "peak_mb", ",.0f"),
]


def table(results, about, more):
    lines = ["# Wenlu beside its peers", "", "Written by `benches/peers/run.sh`; do not edit.", ""]
    lines += [f"- {name}: {value}" for name, value in about.items()]
    lines += ["", "Each system on one core, one message at a time. *10*: ten examples an intent (the mean of the draws there are);",
              "*all*: the whole training data. AUROC and FPR95: the confidence, in scope against out of scope. *right* to *refused*:",
              "in scope at the default threshold; *unanswered*: out of scope at the default threshold. Only nlp.js and Wenlu have one:",
              "the others answer everything. ECE: expected calibration error, for those that give a probability of being right.", ""]
    for (name, split), systems in results.items():
        lines += [f"## {name}, {split}", "", "| | " + " | ".join(title for title, _, _ in COLUMNS) + " |",
                  "|---|" + "---:|" * len(COLUMNS)]
        for system, found in systems.items():
            cells = [number(found.get(key), form) for _, key, form in COLUMNS]
            lines.append(f"| {NAMES[system]} | " + " | ".join(cells) + " |")
        if "wenlu" in systems:
            wenlu = systems["wenlu"]
            times = [f"{wenlu['per_second'] / systems[peer]['per_second']:.0f} × {NAMES[peer]}"
                     for peer in PEERS if peer in systems]
            beside = f"Messages a second: {', '.join(times)}. " if times else ""
            lines += ["", f"{beside}A route takes {wenlu['jieba_ratio']:.1f} × what jieba-rs takes to segment the same messages."]
        lines.append("")
    lines += ["![Quality against speed](speed.svg)", "", "![Thresholds](thresholds.svg)", ""]
    return "\n".join([*lines, *more])


def main():
    parse = argparse.ArgumentParser(description=__doc__)
    parse.add_argument("--data", type=Path, help="a folder of sets that do not travel with the project")
    parse.add_argument("--sets", nargs="+", default=SETS)
    parse.add_argument("--systems", nargs="+", default=["wenlu", *PEERS])
    parse.add_argument("--wenlu", required=True)
    parse.add_argument("--latency", required=True)
    parse.add_argument("--robustness", required=True)
    parse.add_argument("--growth", required=True)
    parse.add_argument("--stability", required=True)
    parse.add_argument("--node-home", required=True)
    parse.add_argument("--core", type=int, default=0)
    args = parse.parse_args()
    results, measured = {}, {}
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        near = make_near(SHIPPED / "massive_zh", scratch / "massive_zh_near")
        for name in args.sets:
            places = [*([args.data / name] if args.data else []), SHIPPED / name, *([near] if name == near.name else [])]
            folder = next((place for place in places if (place / "test.tsv").exists()), None)
            if folder is None:
                print(f"{name}: not here, left out", file=sys.stderr)
                continue
            measured[name] = folder
            messages = [path for path in [folder / "test.tsv", folder / "oos_test.tsv"] if path.exists()]
            for split, draws in splits(folder).items():
                for system in args.systems:
                    one = lambda train: run_wenlu(train, messages, args, scratch) if system == "wenlu" \
                        else run_peer(system, train, messages, args, scratch)
                    found = mean([one(train) for train in draws])
                    results.setdefault((name, split), {})[system] = found
                    show = lambda key: number(found[key], ".3f")
                    print(f"{name} {split} {system}: accuracy {show('accuracy')}, AUROC {show('auroc')}, "
                          f"{found['per_second']:,.0f}/s, build {found['build_s']:.1f} s", file=sys.stderr, flush=True)
    about = versions(args)
    RESULTS.mkdir(exist_ok=True)
    own = shipped(args)
    spoilt = [str(folder) for name, folder in measured.items() if name in ("massive_zh", "smp2020")]
    robust = pinned([args.robustness, *spoilt], args.core) if spoilt else ""
    growth = [json.loads(line) for line in subprocess.run([args.growth], capture_output=True, text=True).stdout.splitlines()]
    more = [*tell_shipped(own), "## Robustness", "", "Accuracy kept by Wenlu with all examples when each message is spoilt in one place.",
            "", robust, *tell_growth(growth)]
    written = table(results, about, more)
    (RESULTS / "README.md").write_text(written, encoding="utf-8")
    numbers = {"about": about, "shipped": own, "growth": growth, "results": {f"{name} {split}": systems for (name, split), systems in results.items()}}
    (RESULTS / "results.json").write_text(json.dumps(numbers, indent=1, ensure_ascii=False), encoding="utf-8")
    pictures.speed(results, NAMES, RESULTS / "speed.svg")
    pictures.thresholds(results, NAMES, RESULTS / "thresholds.svg")
    pictures.growth(growth, RESULTS / "growth.svg")
    print(written)


main()
