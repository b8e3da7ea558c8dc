"""Conversations through wechatpy: it signs, seals, opens and parses. Usage: wechatpy_talk.py ADDRESS"""

import sys

from wechatpy_account import Account

ASKER = "oWechatpy-asker_1"
PLAIN = ("plain", "wxplain0123456789a", "plainToken", None)
SEALED = ("sealed", "wxsealed0123456789", "sealedToken", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9")


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
    # a person of WeChat's own tool has the asker, and is done
    assert account.send("event", Event="kf_create_session", KfAccount="li@wenlu") is None
    assert account.kind("在吗") == "transfer_customer_service"
    assert account.send("event", Event="kf_close_session", KfAccount="li@wenlu", CloseType="KF") is None
    assert account.say("小程序迁移后 openid 会变吗") == first
    assert account.send("event", Event="unsubscribe", EventKey="") is None


def main():
    address = sys.argv[1]
    for path, appid, token, key in (PLAIN, SEALED):
        talk(Account(address, path, appid, token, key, ASKER))
        print(f"wechatpy, {path}: a whole conversation, each answer the same three times")
    # sealed by the right key, for another account
    other = Account(address, "sealed", "wxother", SEALED[2], SEALED[3], ASKER)
    try:
        other.say("在吗")
    except AssertionError as refused:
        assert str(refused) == "403", refused
    else:
        raise SystemExit("a message for another account was taken")


main()
