"""The manifest fails while the tables of an import are taken in: its writes, its syncs, the renaming that makes a new one the current. By strace,
on a gateway that serves. Of an import all is there or nothing, and what was answered is; also when it is killed while it is ill."""

import hashlib
import json
import signal
import time

from claims.kill import APIS, DOCUMENT
from claims.site import Failed, Site, UnixConnection

from .answers import RECOVERY, change, holds
from .tracing import SYNCS, WRITES, Strace

LINES = 2500    # of one import: its rows are taken in as tables
NAMES = 300     # of manifests, those included that are yet to come
RENAMES = "?rename,?renameat,?renameat2"
FAULTS = {
    "EIO on every write": [f"inject={WRITES}:error=EIO"],
    "ENOSPC on every write": [f"inject={WRITES}:error=ENOSPC"],
    "EIO on every sync": [f"inject={SYNCS}:error=EIO"],
    "EIO on a sync, then on every renaming": [f"inject={SYNCS}:error=EIO:when=1", f"inject={RENAMES}:error=EIO"],
}


def lines_of(number):
    def line(i):
        digest = hashlib.sha256(f"{number}/{i}".encode()).hexdigest()
        return json.dumps({"api": "acme", "name": f"Robot {number}-{i}", "generations": [{"number": 1, "digest": digest, "hint": "robot"}]})
    return "\n".join(map(line, range(LINES)))


def bring(site, number, dry_run=False):
    """The import of that number: (status, what was answered)."""
    c = UnixConnection(site.socket)
    try:
        query = "?dry_run=true" if dry_run else ""
        c.request("POST", "/v1/admin/api-tokens/import" + query, lines_of(number), {"Content-Type": "application/x-ndjson"})
        answer = c.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        c.close()


class Imports:
    """Those that were answered, and those that were refused."""

    def __init__(self):
        self.good, self.open, self.number = [], [], 0

    def one_more(self, site):
        """True: it was answered."""
        self.number += 1
        status, said = bring(site, self.number)
        if status == 200 and said["imported"] == LINES:
            self.good.append(self.number)
        elif status == 503:
            self.open.append(self.number)
        else:
            raise Failed(f"an import on an ill disk: {status} {said}")
        return status == 200

    def hold(self, site, when):
        """By importing them once more, for the look of it: what is there word for word is told of as unchanged."""
        for number in self.good + self.open:
            status, said = bring(site, number, dry_run=True)
            counts = (said.get("imported"), said.get("unchanged")) if status == 200 else None
            if counts == (0, LINES) or (counts == (LINES, 0) and number in self.open):
                continue
            raise Failed(f"{when}: an import that was {'answered' if number in self.good else 'refused'}: {status} {str(said)[:300]}")


def tortured(options, upstream, what, rules, killed):
    """(imports and changes answered, refused with 503) while the fault is there."""
    with Site(options.binary, APIS, {"acme.yaml": DOCUMENT}, upstream.port) as site:
        answered = {"good": [site.create(api="acme", name="Before") for _ in range(5)], "dead": [], "unknown": []}
        imports, done = Imports(), 0
        if not imports.one_more(site):
            raise Failed("an import on a disk that is well was refused")
        store = site.directory / "store"
        files = [str(store / f"MANIFEST-{n:06}") for n in range(NAMES)] + [str(store / "CURRENT")]
        with Strace(site.process.pid, [], ["-e", "signal=none", *[a for f in files for a in ("-P", f)], *[a for r in rules for a in ("-e", r)]]):
            for number in range(options.rounds):
                done += imports.one_more(site)
                done += change(site, number, answered)
                holds(site, answered, "during")
                if site.process.poll() is not None:
                    raise Failed(f"{what} of the manifest: the gateway has ended: {site.process.returncode}")
            if killed:
                site.end(signal.SIGKILL)
        if killed:
            site.start()
        recovered = time.monotonic()
        while not (change(site, 1, answered) and imports.one_more(site)):
            if time.monotonic() - recovered > RECOVERY:
                raise Failed(f"{what} of the manifest: the disk is well again, and changes are refused still, {RECOVERY} s later")
            time.sleep(0.2)
        for when in ("well again", "after a restart"):
            holds(site, answered, when)
            imports.hold(site, when)
            if when == "well again":
                site.end(signal.SIGKILL)
                site.start()
        return done, 2 * options.rounds - done


def measure(options, upstream, rows, say):
    for what, rules in FAULTS.items():
        for killed in (False, True):
            done, refused = tortured(options, upstream, what, rules, killed)
            rows.append(["manifest, during an import", what + (", killed meanwhile" if killed else ""), str(done), str(refused)])
            say(f"manifest, {what}{', killed meanwhile' if killed else ''}: {done} imports and changes answered, {refused} refused")
