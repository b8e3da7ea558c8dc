"""The pictures of a comparison: quality against speed, and what every threshold would do."""

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

plt.rcParams.update({"svg.hashsalt": "wenlu", "font.size": 8, "axes.spines.top": False, "axes.spines.right": False})
COLOURS = {"wenlu": "#c0392b", "nlpjs": "#2e86c1", "svc": "#239b56", "fasttext": "#b7950b", "bm25": "#7d3c98", "levenshtein": "#707b7c"}


def quantiles(values, parts):
    ordered = sorted(values)
    return [ordered[(len(ordered) - 1) * part // parts] for part in range(parts + 1)] if ordered else []


def grid(results, wanted):
    shown = [key for key, systems in results.items() if wanted(systems)]
    columns = min(4, max(1, len(shown)))
    rows = max(1, -(-len(shown) // columns))
    figure, axes = plt.subplots(rows, columns, figsize=(3 * columns, 2.6 * rows), squeeze=False)
    flat = axes.flatten()
    for unused in flat[len(shown):]:
        unused.axis("off")
    return figure, list(zip(shown, flat))


def finish(figure, names, path):
    handles = {label: line for axis in figure.axes for line, label in zip(*axis.get_legend_handles_labels())}
    figure.legend(handles.values(), handles.keys(), loc="lower center", ncol=len(names), frameon=False)
    figure.tight_layout(rect=(0, 0.06, 1, 1))
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def speed(results, names, path):
    figure, places = grid(results, lambda systems: True)
    for (key, axis) in places:
        for system, found in results[key].items():
            axis.plot(found["per_second"], found["accuracy"], "o", color=COLOURS[system], label=names[system])
        axis.set_xscale("log")
        axis.set_title(f"{key[0]}, {key[1]}")
        axis.set_xlabel("messages a second, one core")
        axis.set_ylabel("accuracy")
    finish(figure, names, path)


def thresholds(results, names, path):
    figure, places = grid(results, lambda systems: any(found["auroc"] is not None for found in systems.values()))
    for (key, axis) in places:
        for system, found in results[key].items():
            points = sorted((out, kept) for kept, out in found["curve"] if kept is not None and out is not None)
            axis.plot([out for out, _ in points], [kept for _, kept in points], color=COLOURS[system], label=names[system], lw=1.2)
        axis.set_xlim(0, 1)
        axis.set_ylim(0, 1)
        axis.set_title(f"{key[0]}, {key[1]}")
        axis.set_xlabel("out of scope, answered")
        axis.set_ylabel("in scope, answered rightly")
    finish(figure, names, path)


def growth(lines, path):
    figure, axes = plt.subplots(1, 3, figsize=(9, 2.6))
    for axis, key, title in zip(axes, ["build_s", "route_us", "peak_mb"], ["build, s", "route, µs", "peak memory, MB"]):
        axis.loglog([line["intents"] for line in lines], [line[key] for line in lines], "o-", color=COLOURS["wenlu"], lw=1.2)
        axis.set_xlabel("intents")
        axis.set_title(title)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
