"""The store in somebody else's hands, read-only, or gone: at the start and while it is in use."""

import os
import shutil
import subprocess

from claims.kill import APIS, DOCUMENT
from claims.site import Failed, Site, Upstream


def refuses(site, command, why):
    """The command ends with exit code 1 or 2 and says so."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode not in (1, 2):
        raise Failed(f"{why}: exit code {done.returncode}: {done.stdout[-300:]} {done.stderr[-300:]}")
    return done.stderr.strip().splitlines()[-1][-160:]


def answers(site, text, expected, what):
    status, body = site.ask("GET", "acme.test", "/things", text)
    if status not in expected:
        raise Failed(f"{what}: {status} {body[:200]}")
    return str(status)


def measure(options, say):
    rows, upstream = [], Upstream()
    try:
        with Site(options.binary, APIS, {"acme.yaml": DOCUMENT}, upstream.port) as site:
            token, cold = site.create(api="acme", name="Met")["token"], [site.create(api="acme", name="Cold")["token"] for _ in range(3)]
            store, serve = site.directory / "store", [site.binary, "serve", "--config", str(site.config)]
            answers(site, token, (200,), "at first")
            rows.append(["locked by another gateway", refuses(site, serve, "a second gateway on one store")])
            answers(site, token, (200,), "beside a second gateway that was refused")

            # Gone under a running gateway: what it holds open goes on; nothing that was acknowledged is refused as unknown.
            away = site.directory / "away"
            store.rename(away)
            met = answers(site, token, (200, 503), "store moved away, a token that was met")
            new = answers(site, cold[0], (200, 503), "store moved away, a token that was not")
            status, _ = site.manage("POST", "/api-tokens", {"api": "acme", "name": "Late"})
            if status not in (201, 503):
                raise Failed(f"store moved away, a creation: {status}")
            answers(site, "tg_" + "0" * 49, (401,), "junk")
            rows.append(["moved away while it serves", f"token that was met {met}, cold one {new}, creation {status}"])
            site.end(9)
            shutil.rmtree(store, ignore_errors=True)
            away.rename(store)
            site.start()
            for text in [token, *cold]:
                answers(site, text, (200,), "back in its place")
            site.end(15)

            if os.geteuid() == 0:  # a file system that is mounted read-only says no to root too
                inside = f"mount --bind '{store}' '{store}' && mount -o remount,ro,bind '{store}' && exec " + " ".join(f"'{c}'" for c in serve)
                rows.append(["read-only at the start", refuses(site, ["unshare", "-m", "sh", "-c", inside], "a read-only store")])

            # The records are gone, and what stands beside them is there: not a first start.
            for part in ("CURRENT",):
                for found in store.rglob(part):
                    shutil.move(found, site.directory / "kept")
                    said = refuses(site, serve, f"{found.relative_to(store)} is missing")
                    shutil.move(site.directory / "kept", found)
                    rows.append([f"{found.relative_to(store)} missing at the start", said])
            site.start()
            answers(site, token, (200,), "at the end")
    finally:
        upstream.stop()
    return {"title": "The store locked, gone, read-only", "head": ["fault", "what happens"], "rows": rows, "holds": True,
            "says": "it refuses to start with a reason; what serves goes on serving or answers 503; nothing acknowledged is lost"}
