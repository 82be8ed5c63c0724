"""kill -9 at moments that nobody chose, during creations, rotations, revocations and idempotent POSTs; what was answered must hold afterwards."""

import http.client
import json
import random
import signal
import threading
import time

from .site import Failed, Site, UnixConnection, Upstream

DOCUMENT = """openapi: 3.1.0
info: { title: Acme, version: '1' }
security: [ { token: [] } ]
paths:
  /things: { get: { responses: {} } }
  /orders: { post: { x-idempotency: required, responses: {} } }
components: { securitySchemes: { token: { type: http, scheme: bearer } } }
"""
APIS = '  - { name: acme, hosts: [ acme.test ], openapi: acme.yaml, upstream: { servers: [ "http://@UP@" ] } }\n'
GONE = (OSError, http.client.HTTPException, ValueError)


class Token:
    """What a caller knows of one: which of its texts must work, which may."""

    def __init__(self, record):
        self.id, self.text, self.old = record["id"], record["token"], []
        self.revoked = False   # answered so
        self.asked = None      # sent, and not answered: "rotate" or "revoke"


class Caller(threading.Thread):
    """Does one thing after the other until nobody answers."""

    def __init__(self, site, number, tokens, keys, orders_by):
        super().__init__(daemon=True)
        self.site, self.number, self.tokens, self.keys, self.orders_by = site, number, tokens, keys, orders_by
        self.random = random.Random(random.random())
        self.done = 0

    def run(self):
        connection = UnixConnection(self.site.socket)
        try:
            while True:
                self.step(connection)
                self.done += 1
        except GONE:
            pass
        finally:
            connection.close()

    def step(self, connection):
        mine = [t for t in self.tokens if not t.revoked and t.asked is None]
        what = self.random.choice(["create", "rotate", "revoke", "order", "order"]) if mine else "create"
        if what == "create":
            status, record = self.site.manage("POST", "/api-tokens", {"api": "acme", "name": "Killed"}, connection)
            if status != 201:
                raise ValueError(status)
            self.tokens.append(Token(record))
        elif what == "order":
            key = f"{self.number}-{time.monotonic_ns()}"
            self.keys[key] = None
            status, body = self.site.ask("POST", "acme.test", "/orders", self.orders_by, {"Idempotency-Key": key}, "body of " + key)
            if status != 201:
                raise ValueError(status)
            self.keys[key] = body
        else:
            self.change(what, self.random.choice(mine), connection)

    def change(self, what, t, connection):
        t.asked = what
        if what == "rotate":
            status, record = self.site.manage("POST", f"/api-tokens/{t.id}/rotate", {"grace": "0"}, connection)
            if status != 200:
                raise ValueError(status)
            t.old.append(t.text)
            t.text = record["token"]
        else:
            status, _ = self.site.manage("DELETE", f"/api-tokens/{t.id}", None, connection)
            if status != 204:
                raise ValueError(status)
            t.revoked = True
        t.asked = None


def works(site, text):
    status, _ = site.ask("GET", "acme.test", "/things", text)
    if status not in (200, 401):
        raise Failed(f"a token was answered {status}")
    return status == 200


def check_token(site, t):
    """Against the record and the data plane; then what was asked and not answered is known."""
    status, record = site.manage("GET", f"/api-tokens/{t.id}")
    if status != 200:
        raise Failed(f"{t.id} was created and is lost: {status}")
    generations, revoked = len(record["generations"]), record["state"] == "revoked"
    if t.revoked and not revoked:
        raise Failed(f"{t.id} was revoked and is {record['state']}")
    if revoked and not t.revoked and t.asked != "revoke":
        raise Failed(f"{t.id} is revoked, and nobody asked for it")
    rotated = generations - 1 - len(t.old)
    if rotated not in ((0, 1) if t.asked == "rotate" else (0,)):
        raise Failed(f"{t.id} has {generations} generations after {len(t.old)} rotations")
    if t.text and works(site, t.text) != (not revoked and rotated == 0):
        raise Failed(f"{t.id}: half a rotation, or a revocation that does not hold: {record}")
    for text in t.old:
        if works(site, text):
            raise Failed(f"{t.id}: a text that was replaced works again")
    if rotated:  # its new text is lost with the answer
        t.old.append(t.text)
        t.text, t.revoked = None, True
        site.manage("DELETE", f"/api-tokens/{t.id}")
    t.revoked, t.asked = t.revoked or revoked, None


def check_key(site, upstream, key, body, by):
    status, again = site.ask("POST", "acme.test", "/orders", by, {"Idempotency-Key": key}, "body of " + key)
    if body is not None and (status, again) != (201, body):
        raise Failed(f"{key}: answered {body}, and then {status} {again}")
    if status != 201 and not (status == 409 and json.loads(again)["reason"] == "idempotency_unknown_outcome"):
        raise Failed(f"{key}: {status} {again}")
    if upstream.posts.get(key, 0) > 1:
        raise Failed(f"{key}: {upstream.posts[key]} POSTs upstream")


def measure(options, say):
    upstream, tokens, done, keys_seen, slowest, checked = Upstream(), [], 0, 0, 0.0, 0
    random.seed(options.seed)
    try:
        with Site(options.binary, APIS, {"acme.yaml": DOCUMENT}, upstream.port) as site:
            by = site.create(api="acme", name="Orders")["token"]
            for number in range(1, options.rounds + 1):
                keys = {}
                # A caller's tokens are its own, so that it knows their order.
                shares = [[t for t in tokens[-40:] if not t.revoked][i::options.callers] for i in range(options.callers)]
                known = {t.id for share in shares for t in share}
                callers = [Caller(site, f"{number}-{i}", shares[i], keys, by) for i in range(options.callers)]
                for c in callers:
                    c.start()
                time.sleep(random.uniform(0.001, options.longest))
                site.end(signal.SIGKILL)
                for c in callers:
                    c.join()
                slowest = max(slowest, site.start())
                tokens += [t for share in shares for t in share if t.id not in known]
                done += sum(c.done for c in callers)
                for share in shares:
                    for t in share:
                        check_token(site, t)
                        checked += 1
                for key, body in keys.items():
                    check_key(site, upstream, key, body, by)
                keys_seen += len(keys)
                if number % max(1, options.rounds // 20) == 0:
                    say(f"{number} kills, {done} changes and POSTs answered, {checked} tokens and {keys_seen} keys looked at, "
                        f"slowest start {slowest:.2f} s")
            for t in tokens:
                check_token(site, t)
            status, verified = site.manage("GET", "/audit/verify")
            if status != 200 or not verified["good"]:
                raise Failed(f"the audit log after all that: {status} {str(verified)[:300]}")
            twice = [k for k, n in upstream.posts.items() if k and n > 1]
    finally:
        upstream.stop()
    rows = [[f"{options.rounds:,}", f"{done:,}", f"{len(tokens):,}", f"{keys_seen:,}", str(len(twice)), f"{slowest:.2f} s"]]
    return {"title": f"kill -9, seed {options.seed}", "head": ["kills", "answered", "tokens", "keys", "POSTs sent twice", "slowest start"],
            "rows": rows, "holds": not twice and done > 0,
            "says": "nothing that was answered is lost, nothing that was revoked is back, no half rotation, no second POST; the audit log verifies"}
