"""A bit flipped somewhere in the store's files, at rest. The gateway then refuses to start in words, or serves what was acknowledged: never an
empty store, never a revoked token."""

import random
import shutil

from claims.kill import APIS, DOCUMENT
from claims.site import Failed, Site, Upstream

WRITTEN = 0.8  # of all flips: among bytes that were written
KINDS = {"write-ahead log": "*.log", "table": "*.sst", "manifest": "MANIFEST-*", "current": "CURRENT", "options": "OPTIONS-*"}


def files_of(site):
    store = site.directory / "store"
    return {kind: [f for f in store.glob(pattern) if f.stat().st_size > 0] for kind, pattern in KINDS.items()}


def fill(site):
    """(texts that must work, texts that must not): in tables, by restarts in between, and in the log."""
    good, dead = [], []
    for part in range(3):
        for _ in range(20):
            record = site.create(api="acme", name="Kept")
            good.append(record["token"])
            gone = site.create(api="acme", name="Revoked")
            if site.manage("DELETE", f"/api-tokens/{gone['id']}")[0] != 204:
                raise Failed("a token could not be revoked")
            dead.append(gone["token"])
        if part < 2:
            site.end(15)
            site.start()
    return good, dead


def flip(file, dice):
    data = bytearray(file.read_bytes())
    written = len(data.rstrip(b"\0")) or len(data)  # behind it a log has zeros that nothing has come over yet
    at = dice.randrange(written if dice.random() < WRITTEN else len(data))
    data[at] ^= 1 << dice.randrange(8)
    file.write_bytes(data)
    return at


def starts(site):
    """What it says where it does not."""
    try:
        site.start()
        return None
    except Failed as wrong:
        code = site.process.wait(20)
        if code not in (1, 2):
            raise Failed(f"it ended by {code} instead of an exit code: {wrong}") from wrong
        return str(wrong)


def judge(site, good, dead):
    """(all of it, some of it 503)."""
    ill = 0
    for text in good:
        status, body = site.ask("GET", "acme.test", "/things", text)
        if status == 503:
            ill += 1
        elif status != 200:
            raise Failed(f"a token that was acknowledged is answered {status} {body[:200]}")
    for text in dead:
        status, _ = site.ask("GET", "acme.test", "/things", text)
        if status == 200:
            raise Failed("a revoked token is back")
        if status not in (401, 503):
            raise Failed(f"a revoked token is answered {status}")
    return ill


def measure(options, say):
    dice, rows, upstream = random.Random(options.seed), [], Upstream()
    try:
        with Site(options.binary, APIS, {"acme.yaml": DOCUMENT}, upstream.port) as site:
            good, dead = fill(site)
            site.end(9)  # what has come last stays in the log
            store, whole = site.directory / "store", site.directory / "whole"
            shutil.copytree(store, whole)
            for kind in KINDS:
                refused = served = ill = 0
                if not files_of(site)[kind]:
                    raise Failed(f"there is no {kind} to damage")
                for _ in range(min(options.flips, 8) if kind == "current" else options.flips):
                    file = dice.choice(files_of(site)[kind])
                    at = flip(file, dice)
                    try:
                        why = starts(site)
                        if why is None:
                            served += 1
                            ill += judge(site, good, dead) > 0
                        elif "store" not in why.lower() and "control" not in why.lower():
                            raise Failed(f"it refuses without saying that it is the store: {why}")
                        else:
                            refused += 1
                    except Failed as wrong:
                        raise Failed(f"bit flipped in {file.name} at {at} (seed {options.seed}): {wrong}") from wrong
                    site.end(9)
                    shutil.rmtree(store)
                    shutil.copytree(whole, store)
                say(f"{kind}: {refused} refused, {served} served")
                rows.append([kind, str(refused), str(served), str(ill)])
    finally:
        upstream.stop()
    return {"title": f"One bit flipped, seed {options.seed}", "rows": rows,
            "head": ["file", "refuses to open", "serves", "of these: some answers 503"],
            "holds": True, "says": "it refuses with an exit code and a reason, or everything acknowledged is there; no revoked token is back"}
