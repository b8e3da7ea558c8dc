"""A wenlu server as a process of its own, and somebody who uses its pages. Python's standard library only."""

import atexit
import http.client
import json
import os
import re
import shutil
import subprocess
import tempfile
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "客服中心的老地方见面吧"


class Server:
    """Serves a copy of the shipped knowledge from a temporary folder, until `stop`."""

    def __init__(self, binary, values=()):
        self.folder = Path(tempfile.mkdtemp(prefix="wenlu-bench-"))
        for name in ("intents", "content"):
            shutil.copytree(ROOT / name, self.folder / name)
        environment = {
            "PATH": os.environ["PATH"],
            "WENLU_RATE_PER_MINUTE": "0",
            "WENLU_LOG": "warn",
            **{name: os.environ[name] for name in ("LD_PRELOAD", "MALLOC_CONF") if name in os.environ},
            **dict(values),
        }
        self.log = open(self.folder / "log", "w+b")
        self.process = subprocess.Popen(
            [os.path.abspath(binary), "serve", "--listen", "127.0.0.1:0", "--root", "."],
            cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=self.log)
        atexit.register(self.process.kill)
        self.link = None
        while True:
            line = self.process.stdout.readline().decode()
            if not line:
                raise SystemExit(f"the server did not start:\n{self.said()}")
            if found := re.search(r"http://(127\.0\.0\.1:\d+)(/admin/\S+)?", line):
                self.address, self.link = found[1], found[2] or self.link
                if self.link:
                    break

    def said(self):
        return (self.folder / "log").read_text(errors="replace")

    def memory(self):
        """Resident, in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def edit(self, number):
        """Saves an edit of a data file that is good."""
        path = self.folder / "intents" / "report-link.toml"
        text = (ROOT / "intents" / "report-link.toml").read_text()
        path.write_text(text.replace("examples = [", f'examples = [\n  "第{number}个链接怎么举报呢",', 1))

    def stop(self):
        self.process.terminate()
        code = self.process.wait(30)
        shutil.rmtree(self.folder)
        return code


class Client:
    """A connection that stays open, with cookies and the token of the last form."""

    def __init__(self, server):
        self.server = server
        self.connection = http.client.HTTPConnection(server.address, timeout=60)
        self.cookies = {}
        self.form_token = ""
        self.location = None

    def request(self, method, path, body=None, kind="application/x-www-form-urlencoded", headers=()):
        sent = {"Origin": f"http://{self.server.address}", "Sec-Fetch-Site": "same-origin", **dict(headers)}
        if body is not None:
            sent["Content-Type"] = kind
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            self.connection.request(method, path, body, sent)
            response = self.connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            # an idle connection that the server has closed
            self.connection.close()
            self.connection.request(method, path, body, sent)
            response = self.connection.getresponse()
        text = response.read().decode(errors="replace")
        self.location = response.headers.get("Location")
        for cookie in response.headers.get_all("Set-Cookie", []):
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[name] = value
        if found := re.findall(r'name="form_token" value="([^"]*)"', text):
            self.form_token = found[-1]
        return response.status, text

    def get(self, path):
        return self.request("GET", path)

    def post(self, address, headers=(), **fields):
        fields = {"form_token": self.form_token, **fields}
        return self.request("POST", address, urllib.parse.urlencode(fields), headers=headers)

    def say(self, conversation, number, text=None, button=None):
        body = {"conversation": conversation, "id": str(number)}
        body |= {"text": text} if button is None else {"button": button}
        return self.request("POST", "/api/v1/messages", json.dumps(body), "application/json")

    def ready(self):
        status, text = self.get("/readyz")
        return status, json.loads(text)

    def sign_in(self):
        """Makes the first account by the link that the server has printed."""
        self.get(self.server.link)
        token = urllib.parse.parse_qs(urllib.parse.urlsplit(self.server.link).query)["token"][0]
        status, text = self.post(
            self.server.link.split("?")[0], token=token, name="bench", password=PASSWORD, again=PASSWORD)
        if status != 303:
            raise SystemExit(f"no account could be made: {status}\n{text}")
        self.get("/admin/login")
        status, text = self.post("/admin/login", name="bench", password=PASSWORD, code="")
        if status != 303:
            raise SystemExit(f"signing in failed: {status}\n{text}")
        self.get("/admin/me")
