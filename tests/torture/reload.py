"""Reloads one after the other, by command and by SIGHUP in turn, while callers ask without a pause."""

import os
import signal
import time

from claims.kill import APIS, DOCUMENT
from claims.site import Failed, Site, Upstream

from .callers import Callers, quantile


def descriptors(site):
    """Once they stay the same."""
    before, now = -1, len(os.listdir(f"/proc/{site.process.pid}/fd"))
    while before != now:
        time.sleep(0.5)
        before, now = now, len(os.listdir(f"/proc/{site.process.pid}/fd"))
    return now


def measure(options, say):
    first, second = Upstream(), Upstream()
    try:
        with Site(options.binary, APIS, {"acme.yaml": DOCUMENT}, first.port) as site:
            token = site.create(api="acme", name="Load")["token"]
            one = site.config.read_text()
            two = one.replace(f"127.0.0.1:{first.port}", f"127.0.0.1:{second.port}")

            def reload(text, by_signal):
                site.config.write_text(text)
                if by_signal:  # obeyed is what shows: the other upstream is asked
                    then = second if text == two else first
                    before = then.posts.get(None, 0)
                    site.process.send_signal(signal.SIGHUP)
                    for _ in range(300):
                        if then.posts.get(None, 0) > before:
                            return
                        time.sleep(0.05)
                    raise Failed("SIGHUP was not obeyed within 15 s")
                status, answer = site.manage("POST", "/reload", {})
                if status != 200:
                    raise Failed(f"a reload was answered {status} {answer}")
            reload(one, False)
            idle, memory = descriptors(site), site.memory_bytes()
            callers = Callers(site.port, token, 4)
            try:
                for number in range(options.reloads):
                    reload(two if number % 2 == 0 else one, number % 10 == 9)
                    if (number + 1) % max(1, options.reloads // 5) == 0:
                        say(f"{number + 1} reloads, {len(callers.times)} requests, {len(callers.failed)} failed")
            finally:
                callers.stop()
            if not first.posts or not second.posts:
                raise Failed("one of the two configurations never served")
            reload(one, False)
            leaked, grown = descriptors(site) - idle, site.memory_bytes() - memory
    finally:
        first.stop()
        second.stop()
    row = [str(options.reloads), str(len(callers.times)), str(len(callers.failed)), str(leaked), f"{grown / 2**20:.1f} MiB",
           f"{quantile(callers.times, 0.99) * 1000:.1f} ms"]
    # Connections to upstreams that are kept for the next request are no leak: four callers leave four at most in each of two pools.
    return {"title": "Reloads under load", "head": ["reloads", "requests", "failed", "descriptors more", "memory more", "p99"], "rows": [row],
            "holds": not callers.failed and leaked <= 8, "says": f"no request fails, no descriptor is leaked {callers.failed[:3] or ''}"}
