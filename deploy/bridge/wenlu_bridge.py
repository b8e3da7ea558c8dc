"""What the examples share: asking Wenlu, and taking the events that it signs. Python 3.9 or newer, nothing to install.

BOT_ADDRESS is where Wenlu listens; WENLU_BRIDGE_KEY and WENLU_BRIDGE_SECRET are those of its settings; PORT is our own.
"""
import base64
import hashlib
import hmac
import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import Request, urlopen

WENLU, KEY = os.environ["BOT_ADDRESS"], os.environ["WENLU_BRIDGE_KEY"]
SECRET = base64.b64decode(os.environ["WENLU_BRIDGE_SECRET"].removeprefix("whsec_"))
LARGEST_BODY = 1 << 20


def call(url, body, **headers):
    """Posts JSON and returns the JSON that comes back; raises an error for any status but 2xx."""
    request = Request(url, json.dumps(body).encode(), {"content-type": "application/json", **headers})
    with urlopen(request, timeout=5) as answer:
        return json.load(answer)


def ask(path, body):
    """Asks the bridge. The same id again gets the same answer, so that any request may be repeated."""
    return call(f"{WENLU}/api/v1/bridge/{path}", body, authorization=f"Bearer {KEY}")


def is_signed(headers, body):
    """Whether Wenlu signed an event, at most five minutes ago (standardwebhooks.com)."""
    at, signatures = headers.get("webhook-timestamp", ""), headers.get("webhook-signature", "")
    signed = f"{headers.get('webhook-id')}.{at}.".encode() + body
    right = "v1," + base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
    is_fresh = at.isdigit() and abs(time.time() - int(at)) < 300
    return is_fresh and any(hmac.compare_digest(right, given) for given in signatures.split())


def text_of(replies):
    """Replies as one plain text: steps are numbered, and a choice is made by sending its number."""
    lines, choices = [], []
    for reply in replies:
        steps = [f"{at}. {step['text']}" for at, step in enumerate(reply["steps"], 1)]
        shown = steps if reply["cursor"] is None else steps[reply["cursor"]:][:1]
        lines += [reply["text"], *shown, (reply["after"] or {}).get("text", "")]
        choices += [button["label"] for button in reply["buttons"]]
    lines += [f"回复 {at}：{label}" for at, label in enumerate(choices, 1)]
    return "\n".join(line for line in lines if line)


def serve(routes):
    """Serves handlers by path: each gets the headers and the body, and returns a status and JSON. What fails is a 502,
    upon which Wenlu and most services send the same again."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self):
            length, handler = int(self.headers.get("content-length", 0)), routes.get(self.path)
            status, told = 404, {}
            if handler and length <= LARGEST_BODY:
                try:
                    status, told = handler(self.headers, self.rfile.read(length))
                except Exception as error:  # whatever it is, the sender has to hear of it
                    self.log_error("%s failed: %r", self.path, error)
                    status = 502
            told = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

    server = ThreadingHTTPServer(("", int(os.environ.get("PORT", "8090"))), Door)
    print(f"listening on port {server.server_port}", flush=True)
    server.serve_forever()
