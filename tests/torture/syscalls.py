"""kill -9 at every system call that create, rotate, revoke and refresh make, one after the other; what holds afterwards is looked at each time."""

import http.client
import json
import time
import urllib.parse

from claims.kill import APIS, DOCUMENT, GONE, Token, check_token, works
from claims.site import Failed, Site, Upstream, shipped

from .tracing import Strace, roles, threads

LONGEST = 400  # system calls of one thread in one operation: beyond, something is wrong with the walk


class Tokens:
    """One of these at a time: create, rotate, revoke."""

    def __init__(self, site, what):
        self.site, self.what, self.number, self.kept, self.token = site, what, 0, [], None

    def prepare(self):
        if self.what == "create":
            return
        if self.token is None or self.token.revoked or self.token.text is None:
            self.token = Token(self.site.create(api="acme", name="Before"))
            self.kept.append(self.token)

    def act(self):
        """True: answered."""
        t = self.token
        if self.what == "create":
            self.number += 1
            status, record = self.site.manage("POST", "/api-tokens", {"api": "acme", "name": f"Made {self.number}"})
            if status != 201:
                raise Failed(f"create: {status} {record}")
            self.kept.append(Token(record))
        elif self.what == "rotate":
            t.asked = "rotate"
            status, record = self.site.manage("POST", f"/api-tokens/{t.id}/rotate", {"grace": "0"})
            if status != 200:
                raise Failed(f"rotate: {status} {record}")
            t.old.append(t.text)
            t.text, t.asked = record["token"], None
        else:
            t.asked = "revoke"
            status, record = self.site.manage("DELETE", f"/api-tokens/{t.id}")
            if status != 204:
                raise Failed(f"revoke: {status} {record}")
            t.revoked, t.asked = True, None

    def check(self):
        if self.what == "create":
            answered = bool(self.kept) and self.site.manage("GET", f"/api-tokens/{self.kept[-1].id}")[1].get("name") == f"Made {self.number}"
            query = urllib.parse.urlencode({"api": "acme", "q": f"Made {self.number}"})
            status, page = self.site.manage("GET", "/api-tokens?" + query)
            found = [r for r in page["data"] if r["name"] == f"Made {self.number}"] if status == 200 else None
            if found is None or len(found) > 1 or (answered and not found):
                raise Failed(f"create: {status}, {found} of Made {self.number}")
            for record in found:
                if record["state"] != "active" or len(record["generations"]) != 1:
                    raise Failed(f"half a token: {record}")
        for t in self.kept[-3:]:
            check_token(self.site, t)


class Family:
    """Refresh tokens of one user and one program."""

    def __init__(self, site):
        self.site, self.known, self.unanswered = site, [], False
        status, text = site.manage("POST", "/users", {"api": "paymenter", "email": "john@example.test", "first_name": "J", "last_name": "D",
                                                      "password": "correct horse battery"})
        if status != 201:
            raise Failed(f"no user: {status} {text}")
        status, client = site.manage("POST", "/clients", {"api": "paymenter", "name": "App", "grants": ["password", "refresh_token"]})
        if status != 201:
            raise Failed(f"no client: {status} {client}")
        self.client = {"client_id": client["id"], "client_secret": client["client_secret"]}

    def ask(self, path, fields):
        c = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=100)
        try:
            c.request("POST", path, urllib.parse.urlencode({**fields, **self.client}),
                      {"Host": "paymenter.test", "Content-Type": "application/x-www-form-urlencoded"})
            answer = c.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            c.close()

    def refresh(self, token):
        return self.ask("/api/oauth/token", {"grant_type": "refresh_token", "refresh_token": token})

    def alive(self, token):
        status, answer = self.ask("/api/oauth/introspect", {"token": token})
        if status != 200:
            raise Failed(f"introspection: {status} {answer}")
        return answer["active"]

    def prepare(self):
        if self.known and self.alive(self.known[-1]):
            return
        sign_in = {"grant_type": "password", "username": "john@example.test", "password": "correct horse battery"}
        status, answer = self.ask("/api/oauth/token", sign_in)
        if status != 200:
            raise Failed(f"no sign-in: {status} {answer}")
        self.known = [answer["refresh_token"]]

    def act(self):
        self.unanswered = True
        status, answer = self.refresh(self.known[-1])
        if status != 200:
            raise Failed(f"refresh: {status} {answer}")
        self.unanswered = False
        self.known.append(answer["refresh_token"])

    def check(self):
        live = [t for t in self.known if self.alive(t)]
        if len(live) > 1 or (live and live[0] != self.known[-1]):
            raise Failed(f"{len(live)} live generations of refresh tokens")
        if not live and not self.unanswered:
            raise Failed("an answered refresh token is lost")
        if not live:  # the refresh that nobody answered has happened: the token is spent, and who comes with it ends the family
            status, answer = self.refresh(self.known[-1])
            if status != 400 or self.alive(self.known[-1]):
                raise Failed(f"a spent refresh token: {status} {answer}")


def step(site, operation, tids, nth):
    """The operation, with the process killed at the nth system call of `tids`. True: it was answered before."""
    rules = ["-e", "signal=none", "-e", f"inject=all:signal=KILL:when={nth}"]
    with Strace(site.process.pid, tids, rules):
        try:
            operation.act()
            answered = True
        except GONE:
            answered = False
    if not answered:
        site.process.wait(20)
    elif site.process.poll() is None:
        site.end(9)
    return answered


def walk(site, operation, say, stride, only):
    """Every system call of every thread that takes part. Answers (kills before the answer, restarts' slowest)."""
    operation.prepare()
    taking_part = roles(site.process.pid, operation.act)
    kills, slowest = 0, 0.0
    for role in [r for r in ("pool", "loop") if r in only]:
        indexes, seen = taking_part[role]
        completed, nth = 0, 1
        # A loop's ticks count too, and a call that was under way as strace came does not: on as far as it went, and until two were answered.
        while (completed < 2 or nth <= seen) and nth < LONGEST:
            operation.prepare()
            order = [t for t, _ in threads(site.process.pid)]
            answered = step(site, operation, [order[i] for i in sorted(indexes)], nth)
            began = time.monotonic()
            site.start()
            slowest = max(slowest, time.monotonic() - began)
            operation.check()
            kills += not answered
            completed = completed + 1 if answered else 0
            nth += stride
        if nth >= LONGEST:
            raise Failed(f"{role}: no end after {LONGEST} system calls")
        say(f"{operation.__class__.__name__.lower()} {getattr(operation, 'what', 'refresh')}, {role}: {kills} kills so far")
    return kills, slowest


def one(what, options, say, upstream):
    files, apis = ({}, shipped("paymenter")) if what == "refresh" else ({"acme.yaml": DOCUMENT}, APIS)
    with Site(options.binary, apis, files, upstream.port, more="threads: 1\n") as site:
        operation = Family(site) if what == "refresh" else Tokens(site, what)
        kills, slowest = walk(site, operation, say, options.stride, options.threads.split(","))
        status, verified = site.manage("GET", "/audit/verify")
        if status != 200 or not verified["good"]:
            raise Failed(f"the audit log after all that: {status} {str(verified)[:300]}")
        operation.prepare()
        if what == "rotate" and not works(site, operation.token.text):
            raise Failed("no token works: nothing was shown")
    return [what, str(kills), f"{slowest:.2f} s"]


def measure(options, say):
    upstream = Upstream()
    try:
        rows = [one(what, options, say, upstream) for what in options.operations.split(",")]
    finally:
        upstream.stop()
    return {"title": "kill -9 at every system call", "head": ["operation", "kills before the answer", "slowest start"], "rows": rows,
            "holds": all(int(r[1]) > 0 and float(r[2].split()[0]) <= options.start for r in rows),
            "says": "nothing answered is lost, nothing revoked is back, no half rotation, never two live generations; the audit log verifies; "
                    f"each start within {options.start:g} s"}
