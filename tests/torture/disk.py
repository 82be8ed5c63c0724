"""EIO on every kind of write under the store's log, its manifest and the access log; short writes under the last. By strace, on a live gateway."""

import time

from claims.kill import APIS, DOCUMENT
from claims.site import Failed, Site, Upstream

from . import manifest
from .answers import RECOVERY, change, holds
from .tracing import SYNCS, WRITES, Strace


def paths_in(directory, patterns):
    return [str(f) for pattern in patterns for f in directory.glob(pattern)]


def torture(site, rules, files, rounds, answered, say):
    """(changes answered, changes refused with 503) while the rules hold."""
    done = refused = 0
    with Strace(site.process.pid, [], ["-e", "signal=none", *[a for f in files for a in ("-P", f)], *rules]):
        for number in range(rounds):
            if change(site, number, answered):
                done += 1
            else:
                refused += 1
            holds(site, answered, "during")
            if site.process.poll() is not None:
                raise Failed(f"the gateway has ended: {site.process.returncode}")
    return done, refused


def logged(options, upstream, rows, say):
    """The access log: requests go on, whatever becomes of their lines."""
    with Site(options.binary, APIS, {"acme.yaml": DOCUMENT}, upstream.port) as site:
        site.end(15)
        log = site.directory / "access.log"
        site.config.write_text(site.config.read_text().replace("access_log: { path: off }", f"access_log: {{ path: {log} }}"))
        site.start()
        token = site.create(api="acme", name="Log")["token"]
        faults = {"EIO on every write": "error=EIO", "a write of one byte": "retval=1:when=1..5", "ENOSPC on every write": "error=ENOSPC"}
        for what, inject in faults.items():
            with Strace(site.process.pid, [], ["-e", "signal=none", "-P", str(log), "-e", f"inject={WRITES}:{inject}"]):
                for _ in range(20 * options.rounds):
                    status, _ = site.ask("GET", "acme.test", "/things", token)
                    if status != 200:
                        raise Failed(f"{what} on the access log: a request was answered {status}")
            rows.append(["access log", what, str(20 * options.rounds), "0"])
            say(f"access log, {what}: {20 * options.rounds} requests served")
        before = log.stat().st_size
        for _ in range(200):
            site.ask("GET", "acme.test", "/things", token)
        site.end(15)
        if log.stat().st_size <= before:
            raise Failed("the log stays silent when its disk is well again")


def measure(options, say):
    rows, upstream = [], Upstream()
    cases = [
        ("log of the control database", ["*.log"], "EIO on every write", [f"inject={WRITES}:error=EIO"]),
        ("log of the control database", ["*.log"], "EIO on every sync", [f"inject={SYNCS}:error=EIO"]),
        ("log of the control database", ["*.log"], "EIO on every third write", [f"inject={WRITES}:error=EIO:when=3+3"]),
        ("log of the control database", ["*.log"], "ENOSPC on every write", [f"inject={WRITES}:error=ENOSPC"]),
    ]
    try:
        for where, patterns, what, rules in cases:
            with Site(options.binary, APIS, {"acme.yaml": DOCUMENT}, upstream.port) as site:
                answered = {"good": [site.create(api="acme", name="Before") for _ in range(5)], "dead": [], "unknown": []}
                files = paths_in(site.directory / "store", patterns)
                if not files:
                    raise Failed(f"nothing matches {patterns}")
                done, refused = torture(site, [a for r in rules for a in ("-e", r)], files, options.rounds, answered, say)
                rows.append([where, what, str(done), str(refused)])
                say(f"{where}, {what}: {done} changes answered, {refused} refused")
                # Well again: changes go through without a restart, and after one everything that was answered is there.
                recovered = time.monotonic()
                while not change(site, 1, answered):
                    if time.monotonic() - recovered > RECOVERY:
                        raise Failed(f"the disk is well again, and changes are refused still, {RECOVERY} s later")
                    time.sleep(0.2)
                holds(site, answered, "well again")
                site.end(9)
                site.start()
                holds(site, answered, "after a restart")
        manifest.measure(options, upstream, rows, say)
        logged(options, upstream, rows, say)
    finally:
        upstream.stop()
    return {"title": "EIO, ENOSPC and short writes", "head": ["file", "fault", "answered meanwhile", "refused with 503"], "rows": rows,
            "holds": all(int(r[3]) > 0 for r in rows if "every write" in r[1] and r[0] != "access log"),
            "says": "no abort; reads and authentication go on; what was answered is there after a restart; it recovers by itself"}
