"""An account whose messages wechatpy signs, seals, opens and parses; for the scripts beside it."""

import time

import requests
import xmltodict
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner


def signed(*parts):
    signer = WeChatSigner()
    signer.add_data(*parts)
    return signer.signature


class Account:
    def __init__(self, address, path, appid, token, key, asker):
        self.url, self.token, self.appid, self.asker = f"{address}/{path}", token, appid, asker
        self.crypto = WeChatCrypto(token, key, appid) if key else None
        self.count = int(time.time() * 1000) * 1000

    def query(self):
        self.count += 1
        now, nonce = str(int(time.time())), str(self.count)
        return {"signature": signed(self.token, now, nonce), "timestamp": now, "nonce": nonce}

    def check_address(self):
        echo = "回 声\"<>&"
        answer = requests.get(self.url, params={**self.query(), "echostr": echo}, timeout=5)
        assert (answer.status_code, answer.content.decode()) == (200, echo), answer.text
        wrong = {**self.query(), "echostr": echo, "nonce": "0"}
        assert requests.get(self.url, params=wrong, timeout=5).status_code == 403

    def message(self, kind, fields):
        self.count += 1
        number = "" if kind == "event" else f"<MsgId>{self.count}</MsgId>"
        inner = "".join(f"<{name}><![CDATA[{text}]]></{name}>" for name, text in fields.items())
        return (
            f"<xml><ToUserName><![CDATA[gh_py]]></ToUserName><FromUserName><![CDATA[{self.asker}]]></FromUserName>"
            f"<CreateTime>{int(time.time())}</CreateTime><MsgType><![CDATA[{kind}]]></MsgType>{inner}{number}</xml>"
        )

    def answer(self, xml):
        """The answer as XML, opened; None for `success`."""
        query, body = self.query(), xml
        if self.crypto:
            body = self.crypto.encrypt_message(xml, query["nonce"], query["timestamp"])
            sealed = parse_sealed(body)
            query["encrypt_type"], query["msg_signature"] = "aes", sealed["MsgSignature"]
        answer = requests.post(self.url, params=query, data=body.encode(), timeout=5)
        assert answer.status_code == 200, answer.status_code
        text = answer.content.decode()
        if text == "success":
            return None
        if self.crypto:
            sealed = parse_sealed(text)
            text = self.crypto.decrypt_message(text, sealed["MsgSignature"], sealed["TimeStamp"], sealed["Nonce"])
            text = text if isinstance(text, str) else text.decode()
        return text

    def post(self, xml):
        """The answer as wechatpy reads it: a text, or None for `success`."""
        text = self.answer(xml)
        if text is None:
            return None
        reply = parse_message(text)
        assert (reply.source, reply.target, reply.type) == ("gh_py", self.asker, "text"), text
        assert 0 < len(reply.content.encode()) <= 2047, len(reply.content.encode())
        return reply.content

    def send(self, kind, **fields):
        """The answer, the same for each of three deliveries."""
        xml = self.message(kind, fields)
        first = self.post(xml)
        assert [self.post(xml), self.post(xml)] == [first, first], first
        return first

    def kind(self, text):
        """What kind of answer a text gets."""
        return parse_sealed(self.answer(self.message("text", {"Content": text})))["MsgType"]

    def say(self, text):
        return self.send("text", Content=text)


def parse_sealed(xml):
    return xmltodict.parse(xml)["xml"]
