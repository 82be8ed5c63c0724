"""Guessing passwords: what a hundred tries a second do to everybody else, and what they cost."""

import json
import multiprocessing
import threading
import time

from .flood import p99
from .site import Failed, Site, Upstream, Wire, shipped

APIS = shipped("partner") + shipped("paymenter")
TIMES = 1.2
PASSWORD = "correct horse battery staple"


def guess(port, client, every, until, answers):
    """In a process of its own: tries are due at fixed times, each from an address and for an account of its own, so that none is slowed."""
    waiting, lock, seen = [], threading.Lock(), {}

    def one(number):
        body = json.dumps({"grant_type": "password", "client_id": client["id"], "client_secret": client["client_secret"],
                           "username": f"user{number}@example.test", "password": "wrong", "scope": "profile"}).encode()
        head = (f"POST /api/oauth/token HTTP/1.1\r\nHost: paymenter.test\r\nContent-Type: application/json\r\nConnection: close\r\n"
                f"X-Forwarded-For: 10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}\r\nContent-Length: {len(body)}\r\n\r\n")
        wire = Wire(port)
        wire.send(head.encode() + body)
        answer = wire.answer()
        wire.close()
        status = answer[0].split(b" ", 2)[1].decode() if answer else "closed"
        with lock:
            seen[status] = seen.get(status, 0) + 1

    number, due = 0, time.monotonic()
    while not until.is_set():
        number += 1
        thread = threading.Thread(target=one, args=(number,))
        thread.start()
        waiting.append(thread)
        due += every
        time.sleep(max(0, due - time.monotonic()))
    for thread in waiting:
        thread.join()
    answers.put(seen)


def measure(options, say):
    upstream = Upstream()
    try:
        with Site(options.binary, APIS, upstream_port=upstream.port, more="threads: 2\ntrusted_proxies: [ 127.0.0.1 ]\n") as site:
            token = site.create(api="partner", name="guessing", scopes=["invoices:read"])["token"]
            status, client = site.manage("POST", "/clients", {"api": "paymenter", "name": "App", "grants": ["password"]})
            if status != 201:
                raise Failed(f"no client was made: {status} {client}")
            seconds = options.seconds
            before, during, memory = [], [], []
            answers, tries = multiprocessing.Queue(), {}
            at_rest = site.memory_bytes()
            for _ in range(options.rounds):  # by turns: a shared machine changes its speed
                end = time.monotonic() + seconds
                before.append(p99(site, token, lambda: time.monotonic() > end)[0])
                until = multiprocessing.Event()
                worker = multiprocessing.Process(target=guess, args=(site.port, client, 1 / options.rate, until, answers))
                worker.start()
                time.sleep(1)
                end = time.monotonic() + seconds
                during.append(p99(site, token, lambda: time.monotonic() > end)[0])
                memory.append(site.memory_bytes())
                until.set()
                for status, count in answers.get().items():
                    tries[status] = tries.get(status, 0) + count
                worker.join()
    finally:
        upstream.stop()
    ratios = sorted(d / b for d, b in zip(during, before))
    rows = [[f"{b:.2f} ms", f"{d:.2f} ms", f"{d / b:.2f}", f"{(m - at_rest) / 2**20:+.0f} MiB"] for b, d, m in zip(before, during, memory)]
    median = ratios[len(ratios) // 2]
    return {"title": f"{options.rate} tries a second", "head": ["p99 without", "p99 beside them", "times", "memory"], "rows": rows,
            "holds": median <= TIMES, "says": f"median {median:.2f} times (aim {TIMES}); tries were answered {tries}"}
