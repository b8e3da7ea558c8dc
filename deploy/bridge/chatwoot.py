#!/usr/bin/env python3
"""Wenlu as an agent bot of Chatwoot: it answers what is pending; whoever asks for a person is opened for Chatwoot's agents.

Chatwoot: Settings, Bots, add one with the webhook http://THIS:8090/CHATWOOT_PATH (its requests are not signed: choose a long
random path), and connect it to an inbox. Wenlu: WENLU_BRIDGE_URL=http://THIS:8090/wenlu, and people who can be asked for (an
account in /admin is enough). Then, with the settings of wenlu_bridge.py:
CHATWOOT_ADDRESS=https://chat.example.org CHATWOOT_BOT_TOKEN=... CHATWOOT_PATH=/... python3 chatwoot.py
"""
import json
import os

from wenlu_bridge import ask, call, is_signed, serve, text_of

CHATWOOT, TOKEN = os.environ["CHATWOOT_ADDRESS"], os.environ["CHATWOOT_BOT_TOKEN"]


def chatwoot(conversation, what, body):
    account, number = conversation.split("-")[1:]
    url = f"{CHATWOOT}/api/v1/accounts/{account}/conversations/{number}/{what}"
    call(url, body, api_access_token=TOKEN)


def say(conversation, replies):
    if text := text_of(replies):
        chatwoot(conversation, "messages", {"content": text, "message_type": "outgoing"})


def from_chatwoot(_headers, body):
    event = json.loads(body)
    is_asked = event.get("event") == "message_created" and event["message_type"] == "incoming"
    # agents have what is not pending
    if is_asked and event["content"] and event["conversation"]["status"] == "pending":
        conversation = f"chatwoot-{event['account']['id']}-{event['conversation']['id']}"
        message = {"conversation": conversation, "id": str(event["id"]), "text": event["content"][:2000]}
        answer = ask("messages", message)
        say(conversation, answer["replies"])
        if answer["person"]:
            chatwoot(conversation, "toggle_status", {"status": "open"})
            # Chatwoot's agents have it: nobody is to wait in Wenlu's list
            ask(f"conversations/{conversation}/handover", {"id": f"{event['id']}-open", "open": False})
    return 200, {}


def from_wenlu(headers, body):
    if not is_signed(headers, body):
        return 401, {}
    event, data = json.loads(body), json.loads(body)["data"]
    if event["type"] == "message.created":
        say(data["conversation"], [data["reply"]])
    elif data["state"] == "taken":  # a colleague on Wenlu's own pages
        chatwoot(data["conversation"], "toggle_status", {"status": "open"})
    elif data["state"] == "closed" or data["reason"] in ("done", "silence"):
        chatwoot(data["conversation"], "toggle_status", {"status": "pending"})
    return 200, {}


if __name__ == "__main__":
    serve({os.environ["CHATWOOT_PATH"]: from_chatwoot, "/wenlu": from_wenlu})
