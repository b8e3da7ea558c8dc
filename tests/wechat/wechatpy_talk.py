"""Conversations through wechatpy: it signs, seals, opens and parses. Usage: wechatpy_talk.py ADDRESS"""

import sys
import time

import requests
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner

ASKER = "oWechatpy-asker_1"
PLAIN = ("plain", "wxplain0123456789a", "plainToken", None)
SEALED = ("sealed", "wxsealed0123456789", "sealedToken", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9")


def signed(*parts):
    signer = WeChatSigner()
    signer.add_data(*parts)
    return signer.signature


class Account:
    def __init__(self, address, path, appid, token, key):
        self.url, self.token, self.appid = f"{address}/{path}", token, appid
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
            f"<xml><ToUserName><![CDATA[gh_py]]></ToUserName><FromUserName><![CDATA[{ASKER}]]></FromUserName>"
            f"<CreateTime>{int(time.time())}</CreateTime><MsgType><![CDATA[{kind}]]></MsgType>{inner}{number}</xml>"
        )

    def post(self, xml):
        """The answer as wechatpy reads it: a message, or None for `success`."""
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
        reply = parse_message(text)
        assert (reply.source, reply.target, reply.type) == ("gh_py", ASKER, "text"), text
        assert 0 < len(reply.content.encode()) <= 2047, len(reply.content.encode())
        return reply.content

    def send(self, kind, **fields):
        """The answer, the same for each of three deliveries."""
        xml = self.message(kind, fields)
        first = self.post(xml)
        assert [self.post(xml), self.post(xml)] == [first, first], first
        return first

    def say(self, text):
        return self.send("text", Content=text)


def parse_sealed(xml):
    import xmltodict

    return xmltodict.parse(xml)["xml"]


def talk(account):
    account.check_address()
    assert "回复数字选择" in account.send("event", Event="subscribe", EventKey="")
    first = account.say("小程序迁移后 openid 会变吗")
    assert "openid" in first.lower(), first
    assert account.say("怎么注销小程序")
    assert account.say("1"), "the first choice"
    assert account.say("]]>&<a href=\"https://evil.example\">x</a>".replace("]]>", "]]]]><![CDATA[>"))
    assert account.send("voice", MediaId="m", Format="amr", Recognition="小程序迁移后 openid 会变吗") == first
    for kind, fields in {
        "image": {"PicUrl": "https://a.example", "MediaId": "m"},
        "location": {"Location_X": "1", "Location_Y": "2", "Scale": "3", "Label": "某地"},
        "link": {"Title": "t", "Description": "d", "Url": "https://a.example"},
    }.items():
        assert account.send(kind, **fields), kind
    assert account.send("event", Event="CLICK", EventKey="topics")
    assert account.send("event", Event="VIEW", EventKey="https://a.example") is None
    assert account.send("event", Event="unsubscribe", EventKey="") is None


def main():
    address = sys.argv[1]
    for path, appid, token, key in (PLAIN, SEALED):
        talk(Account(address, path, appid, token, key))
        print(f"wechatpy, {path}: a whole conversation, each answer the same three times")
    # sealed by the right key, for another account
    other = Account(address, "sealed", "wxother", SEALED[2], SEALED[3])
    try:
        other.say("在吗")
    except AssertionError as refused:
        assert str(refused) == "403", refused
    else:
        raise SystemExit("a message for another account was taken")


main()
