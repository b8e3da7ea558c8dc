"""One peer on one split: builds it, asks it every message one at a time, and writes what it said and how long it took.

usage: peer.py SYSTEM TRAIN.tsv OUT.json MESSAGES.tsv…
"""

import json
import os
import resource
import sys
import tempfile
from time import perf_counter

HAN = ("\u4e00", "\u9fff")


def read(path):
    with open(path, encoding="utf-8") as file:
        return [tuple(line.rstrip("\n").split("\t")) for line in file][1:]


def is_han(text):
    return any(HAN[0] <= c <= HAN[1] for c in text)


def words_of(chinese):
    if not chinese:
        return lambda text: text.lower().split()
    import jieba

    jieba.setLogLevel("ERROR")
    return lambda text: [word for word in jieba.lcut(text.lower()) if word.strip()]


def distinct(labels, most=3):
    return list(dict.fromkeys(labels))[:most]


def svc(texts, labels, chinese):
    """TF-IDF of characters and words, linear support vector machine."""
    import numpy
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    characters = dict(analyzer="char", ngram_range=(1, 2)) if chinese else dict(analyzer="char_wb", ngram_range=(2, 5))
    words = TfidfVectorizer(tokenizer=words_of(chinese), token_pattern=None, ngram_range=(1, 2), sublinear_tf=True)
    model = make_pipeline(make_union(TfidfVectorizer(sublinear_tf=True, **characters), words), LinearSVC())
    model.fit(texts, labels)
    classes = model.classes_

    def ask(text):
        scores = numpy.atleast_1d(model.decision_function([text])[0])
        if len(classes) == 2:
            scores = numpy.array([-scores[0], scores[0]])
        best = numpy.argsort(-scores)[:3]
        return [str(classes[k]) for k in best], float(scores[best[0]])

    return ask


def fasttext(texts, labels, chinese):
    """Bags of words and word pairs (characters in Chinese), letters inside words in English; 100 dimensions."""
    import fasttext as library

    def line(text):
        return " ".join(c for c in text.lower() if not c.isspace()) if chinese else " ".join(text.lower().split())

    ids = {label: f"__label__{number}" for number, label in enumerate(dict.fromkeys(labels))}
    names = {number: label for label, number in ids.items()}
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8", delete=False) as file:
        file.writelines(f"{ids[label]} {line(text)}\n" for text, label in zip(texts, labels))
    letters = {} if chinese else dict(minn=2, maxn=5)
    # few examples need more passes: what its guide suggests for small data
    epochs = 50 if len(texts) > 3_000 else 300
    model = library.train_supervised(
        file.name, epoch=epochs, lr=0.5, wordNgrams=2, dim=100, bucket=200_000, thread=1, seed=1, verbose=0, **letters
    )
    os.unlink(file.name)

    def ask(text):
        found, scores = model.predict(line(text), k=3)
        return [names[label] for label in found], float(scores[0]) if len(scores) > 0 else 0.0

    return ask


def bm25(texts, labels, chinese):
    """The nearest example by Okapi BM25."""
    import numpy
    from rank_bm25 import BM25Okapi

    cut = words_of(chinese)
    index = BM25Okapi([cut(text) or [""] for text in texts])

    def ask(text):
        scores = index.get_scores(cut(text))
        best = numpy.argsort(-scores, kind="stable")[:50]
        return distinct(labels[k] for k in best), float(scores[best[0]])

    return ask


def levenshtein(texts, labels, chinese):
    """The nearest example by normalised Levenshtein similarity."""
    from rapidfuzz import process
    from rapidfuzz.distance import Levenshtein

    known = [text.lower() for text in texts]

    def ask(text):
        found = process.extract(text.lower(), known, scorer=Levenshtein.normalized_similarity, limit=50)
        return distinct(labels[k] for _, _, k in found), float(found[0][1])

    return ask


def main():
    system, train, out, *messages = sys.argv[1:]
    rows = read(train)
    texts, labels = [text for text, _ in rows], [label for _, label in rows]
    begun = perf_counter()
    ask = globals()[system](texts, labels, sum(map(is_han, texts)) * 2 > len(texts))
    built = perf_counter() - begun
    asked = [row for path in messages for row in read(path)]
    for text, _ in asked[:100]:
        ask(text)
    said, took = [], []
    for text, label in asked:
        begun = perf_counter()
        best, score = ask(text)
        took.append(perf_counter() - begun)
        said.append({"wanted": label, "best": best, "score": score, "answers": True})
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with open(out, "w", encoding="utf-8") as file:
        json.dump({"build_s": built, "peak_kb": peak, "took_s": took, "said": said}, file)


main()
