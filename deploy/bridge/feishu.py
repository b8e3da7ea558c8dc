#!/usr/bin/env python3
"""A relay between Feishu (Lark) and Wenlu: it answers in Feishu's chats, and brings there what colleagues write.

Feishu: an app with a bot, the permissions im:message and im:message:send_as_bot, the event im.message.receive_v1 sent to
https://THIS/feishu, and no Encrypt Key. Wenlu: WENLU_BRIDGE_URL=http://THIS:8090/wenlu. Then, with the settings of
wenlu_bridge.py: FEISHU_APP_ID=cli_... FEISHU_APP_SECRET=... FEISHU_VERIFICATION_TOKEN=... python3 feishu.py
"""
import hmac
import json
import os
import re
import time

from wenlu_bridge import ask, call, is_signed, serve, text_of

FEISHU = os.environ.get("FEISHU_ADDRESS", "https://open.feishu.cn") + "/open-apis"
APP = {"app_id": os.environ["FEISHU_APP_ID"], "app_secret": os.environ["FEISHU_APP_SECRET"]}
known = {"token": "", "until": 0.0}


def token():
    if time.time() > known["until"]:
        found = call(f"{FEISHU}/auth/v3/tenant_access_token/internal", APP)
        known.update(token=found["tenant_access_token"], until=time.time() + found["expire"] - 600)
    return known["token"]


def say(chat, replies, once):
    """Feishu sends what has the same `uuid` once within an hour."""
    message = {"receive_id": chat, "msg_type": "text", "uuid": once}
    message["content"] = json.dumps({"text": text_of(replies)})
    said = call(f"{FEISHU}/im/v1/messages?receive_id_type=chat_id", message, authorization=f"Bearer {token()}")
    if said["code"] != 0:
        raise RuntimeError(f"Feishu refused with code {said['code']}")


def from_feishu(_headers, body):
    event = json.loads(body)
    header = event.get("header", event)
    if not hmac.compare_digest(header.get("token", ""), os.environ["FEISHU_VERIFICATION_TOKEN"]):
        return 403, {}
    if event.get("type") == "url_verification":
        return 200, {"challenge": event["challenge"]}
    message = event["event"].get("message", {})
    if header["event_type"] == "im.message.receive_v1" and message["message_type"] == "text":
        text = re.sub(r"@_user_\d+", "", json.loads(message["content"])["text"]).strip()
        chat, name = message["chat_id"], message["message_id"]
        answer = ask("messages", {"conversation": chat, "id": name, "text": text[:2000]})
        if answer["replies"]:
            say(chat, answer["replies"], name)
    return 200, {}


def from_wenlu(headers, body):
    if not is_signed(headers, body):
        return 401, {}
    event = json.loads(body)
    if event["type"] == "message.created":
        say(event["data"]["conversation"], [event["data"]["reply"]], headers["webhook-id"])
    return 200, {}


if __name__ == "__main__":
    serve({"/feishu": from_feishu, "/wenlu": from_wenlu})
