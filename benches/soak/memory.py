#!/usr/bin/env python3
"""How much memory a server keeps after wrong sign-ins, and after reloads of the knowledge.

    benches/soak/memory.py BINARY [--sign-ins N] [--reloads N]

BINARY is a release build. Prints the resident memory at the start and on the way. Wrong sign-ins come from as many addresses
as there are tries, so that no limit refuses them; each is checked in full. LD_PRELOAD and MALLOC_CONF go on to the server: that
is how allocators are compared."""

import argparse
import threading
import time

from served import Client, Server

STEPS = 10


def sign_ins(binary, count):
    server = Server(binary, {"WENLU_TRUSTED_PROXIES": "1", "WENLU_ADMIN": "public"})
    print(f"wrong sign-ins: {server.memory():.0f} MB at the start", flush=True)
    tries = iter(range(count))
    lock = threading.Lock()

    def attempt():
        client = Client(server)
        while True:
            with lock:
                number = next(tries, None)
            if number is None:
                return
            address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
            headers = {"X-Forwarded-For": address, "X-Forwarded-Proto": "http", "X-Forwarded-Host": server.address}
            if not client.form_token or number % 500 < 4:
                client.request("GET", "/admin/login", headers=headers)
            status, text = client.post(
                "/admin/login", headers, name=f"nobody{number}", password=f"wrong password {number}", code="")
            if status != 401:
                raise SystemExit(f"a wrong sign-in was answered with {status}\n{text[:2000]}")
            if (number + 1) % max(1, count // STEPS) == 0:
                print(f"{number + 1:>8}  {server.memory():.0f} MB", flush=True)

    threads = [threading.Thread(target=attempt) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    server.stop()


def reloads(binary, count):
    server = Server(binary)
    client = Client(server)
    version = client.ready()[1]["knowledge"]["version"]
    print(f"reloads: {server.memory():.0f} MB at the start", flush=True)
    for number in range(1, count + 1):
        server.edit(number)
        while (now := client.ready()[1]["knowledge"])["version"] == version:
            if now["last_attempt"] != "ok":
                raise SystemExit(f"an edit was refused\n{server.said()}")
            time.sleep(0.05)
        version = now["version"]
        client.say(f"web:{number}", number, text="小程序怎么迁移")
        if number % max(1, count // STEPS) == 0:
            print(f"{number:>8}  {server.memory():.0f} MB", flush=True)
    server.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--sign-ins", type=int, default=10_000)
    parser.add_argument("--reloads", type=int, default=240)
    given = parser.parse_args()
    if given.sign_ins:
        sign_ins(given.binary, given.sign_ins)
    if given.reloads:
        reloads(given.binary, given.reloads)
