"""An account that sends, through wechatpy: it seals the messages, fetches a token, reads the menu and sends beside the program.
Usage: wechatpy_active.py PROGRAM ADDRESS API CONTROL, with the program's settings in the environment."""

import json
import subprocess
import sys
import time

import requests
from requests.adapters import HTTPAdapter
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

from wechatpy_account import Account

ASKER, OTHER = "oWechatpy-active_1", "oWechatpy-active_2"
APPID, SECRET = "wxactive0123456789", "0123456789abcdef0123456789abcdef"
KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
LONG = "把全部规则都发给我看看"
PATIENCE = 60


class ToFake(HTTPAdapter):
    """wechatpy names the platform's address for tokens in its code: the requests go to the fake."""

    def __init__(self, api):
        super().__init__()
        self.api = api

    def send(self, request, **more):
        request.url = request.url.replace("https://api.weixin.qq.com", self.api)
        return super().send(request, **more)


def client_of(api):
    client = WeChatClient(APPID, SECRET)
    client._http.mount("https://api.weixin.qq.com", ToFake(api))
    return client


def sent(control, asker, least):
    begun = time.monotonic()
    while True:
        texts = requests.get(f"{control}/sent/{asker}", timeout=5).json()
        if len(texts) >= least:
            return texts
        assert time.monotonic() - begun < PATIENCE, f"{asker} got {len(texts)} of {least}"
        time.sleep(0.05)


def says(account, control, text):
    requests.post(f"{control}/wrote/{account.asker}", timeout=5).raise_for_status()
    return account.say(text)


def check_talk(address, control):
    account = Account(address, "active", APPID, "activeToken", KEY, ASKER)
    account.check_address()
    # what is enough inside the request costs nothing
    assert "openid" in says(account, control, "小程序迁移后 openid 会变吗").lower()
    assert sent(control, ASKER, 0) == []
    # a long answer comes as messages, whole and in order, however often its question is delivered
    assert says(account, control, LONG) is None
    texts = sent(control, ASKER, 3)
    assert len(texts) <= 5 and all(0 < len(text.encode()) <= 2048 for text in texts), texts
    whole = "".join(texts)
    places = [whole.find(f"第 {at} 条：") for at in range(1, 13)]
    assert places == sorted(places) and places[0] >= 0, places
    links = [f'<a href="https://mp.weixin.qq.com/rules?id={at}&lang=zh">' for at in range(1, 13)]
    assert all(whole.count(link) == 1 for link in links), whole
    # the same answer inside requests, part after part, says the same
    passive = Account(address, "sealed", "wxsealed0123456789", "sealedToken", KEY[:-1] + "9", OTHER)
    parts = [passive.say(LONG)]
    while "续" in parts[-1][-40:]:
        parts.append(passive.say("续"))
    flat = lambda text: "".join(text.split())
    for text in texts:
        for paragraph in text.split("\n\n"):
            assert flat(paragraph) in flat("".join(parts)), paragraph
    assert sent(control, ASKER, 0) == texts, "nothing is sent twice"
    return len(texts)


def check_client(program, api, control):
    client = client_of(api)
    assert client.menu.get() is None
    pushed = subprocess.run(
        [program, "weixin", "menu", "push", "--account", APPID, "--json"], check=True, capture_output=True, text=True
    )
    read = client.menu.get()["menu"]
    assert read == json.loads(pushed.stdout), read
    assert read["button"][0]["sub_button"][0]["key"].startswith("i:"), read
    # its token and the program's do not get in each other's way
    client.message.send_text(ASKER, "由别的程序发出")
    assert sent(control, ASKER, 1)[-1] == "由别的程序发出"
    try:
        client.message.send_text("oNobody", "在吗")
    except WeChatClientException as refused:
        assert refused.errcode == 40003, refused
    else:
        raise SystemExit("who never wrote was written to")


def main():
    program, address, api, control = sys.argv[1:]
    count = check_talk(address, control)
    check_client(program, api, control)
    assert says(Account(address, "active", APPID, "activeToken", KEY, ASKER), control, LONG) is None
    sent(control, ASKER, 2 * count + 1)
    print(f"wechatpy, active: {count} messages by the API, the menu as pushed, tokens beside the program's")


main()
