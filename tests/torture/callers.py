"""Callers that ask without a pause, each on a connection of its own, and the time that each answer took."""

import threading
import time

from claims.site import Wire, request


class Callers:
    """Of one path, with a token; `failed` has whatever was not 200. Not faster than `pause` seconds apart, each."""

    def __init__(self, port, token, count, pause=0.0, path="/things"):
        self.times, self.failed, self.stopping = [], [], threading.Event()
        self.bytes = request("GET", "acme.test", path, token)
        self.port, self.pause = port, pause
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(count)]
        for t in self.threads:
            t.start()

    def run(self):
        wire = None
        while not self.stopping.is_set():
            try:
                wire = wire or Wire(self.port)
                began = time.monotonic()
                wire.send(self.bytes)
                got = wire.answer()
                if got is None or not got[0].startswith(b"HTTP/1.1 200"):
                    raise OSError(f"answered {got[0][:40] if got else 'nothing'}")
                self.times.append(time.monotonic() - began)
            except OSError as wrong:
                self.failed.append(str(wrong))
                wire = None
            if self.pause:
                self.stopping.wait(self.pause)

    def stop(self):
        self.stopping.set()
        for t in self.threads:
            t.join()


def quantile(times, q):
    return sorted(times)[min(len(times) - 1, int(q * len(times)))]
