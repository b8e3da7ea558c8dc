"""Lets `wenlu serve` tell of unanswered questions by e-mail. Usage: talk.py PROGRAM FOLDER, where FOLDER has knowledge/."""

import email
import email.policy
import json
import logging
import os
import queue
import re
import secrets
import socket
import subprocess
import sys
import threading
import urllib.request
import warnings
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

PATIENCE = 60
QUESTION = "讲个相声听听，我的手机是 13812345678"


class Desk:
    """Refuses eve for good, bob once for now, and keeps the rest."""

    def __init__(self):
        self.taken = queue.Queue()
        self.tried = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.tried.append(address)
        if address == "eve@wenlu.test":
            return "550 5.1.1 nobody of that name"
        if address == "bob@wenlu.test" and self.tried.count(address) == 1:
            return "421 4.3.2 not now"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.taken.put((envelope.mail_from, envelope.rcpt_tos, message))
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    right = mechanism == "PLAIN" and data.login == b"bot@wenlu.test" and data.password == b"p@ss word"
    return AuthResult(success=right, handled=False)


def serve(program, work, address):
    settings = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": f"sqlite://{work}/bot.db",
        "WENLU_LISTEN": "127.0.0.1:0",
        "WENLU_SMTP_URL": f"smtp://bot%40wenlu.test:p%40ss%20word@{address}",
        "WENLU_NOTICE_MAIL_TO": "ann@wenlu.test,bob@wenlu.test,eve@wenlu.test",
        "WENLU_NOTICE_AFTER": "1s",
        "WENLU_NOTICE_QUEUE": "1",
    }
    command = [program, "serve", "--root", str(work / "knowledge")]
    process = subprocess.Popen(command, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    found, log = queue.Queue(), []

    def read():
        for line in process.stdout:
            log.append(line)
            if match := re.search(r"http://(127\.0\.0\.1:\d+)", line):
                found.put(match.group(1))

    threading.Thread(target=read, daemon=True).start()
    return process, found.get(timeout=PATIENCE), log


def ask(address, text):
    body = {"conversation": secrets.token_hex(16), "id": secrets.token_hex(8), "text": text}
    request = urllib.request.Request(
        f"http://{address}/api/v1/messages",
        data=json.dumps(body).encode(),
        headers={"content-type": "application/json"},
    )
    return json.load(urllib.request.urlopen(request, timeout=PATIENCE))


def free_port():
    # aiosmtpd does not say which port it was given
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def main(program, work):
    desk = Desk()
    # that a password goes over loopback without TLS is meant
    warnings.simplefilter("ignore")
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    port = free_port()
    mail = Controller(
        desk, hostname="127.0.0.1", port=port, authenticator=authenticate, auth_require_tls=False, auth_required=True
    )
    mail.start()
    process, address, log = serve(program, work, f"127.0.0.1:{port}")
    try:
        assert ask(address, QUESTION)["decision"] == "unknown"
        found = {}
        while len(found) < 2:
            sender, recipients, message = desk.taken.get(timeout=PATIENCE)
            assert sender == "bot@wenlu.test", sender
            found[recipients[0]] = message
        assert set(found) == {"ann@wenlu.test", "bob@wenlu.test"}, found
        for message in found.values():
            assert message["Subject"] == "［问路］1 个问题待处理", message["Subject"]
            assert message["From"].addresses[0].display_name == "问路", message["From"]
            assert message["Auto-Submitted"] == "auto-generated"
            assert message["Date"] and message["Message-ID"]
            text = message.get_body(("plain",)).get_content()
            assert "没答上来" in text and "Questions left unanswered" in text, text
            assert "138" not in text and "相声" not in text, text
        assert found["ann@wenlu.test"]["Message-ID"] != found["bob@wenlu.test"]["Message-ID"]
        assert desk.tried.count("eve@wenlu.test") == 1, "who is refused for good is tried once"
        shown = "".join(log)
        for secret in ("p@ss word", "p%40ss", "eve@wenlu.test", "13812345678"):
            assert secret not in shown, shown
    finally:
        process.terminate()
        process.wait(PATIENCE)
        mail.stop()
    print("mail: aiosmtpd took what it did not refuse, once each")


main(sys.argv[1], Path(sys.argv[2]))
