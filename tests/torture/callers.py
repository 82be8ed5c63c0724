"""Callers that ask without a pause, each on a connection of its own, and the time that each answer took."""

import multiprocessing
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


def ask_in_time(port, wanted, pause, seconds, out):
    """A caller that is due every `pause` seconds. What it is late with because an answer was late counts from when it was due: otherwise a stall
    would count once, however many it would have held up."""
    wire, times, failed = None, [], []
    began = due = time.monotonic()
    while due < began + seconds:
        if (left := due - time.monotonic()) > 0:
            time.sleep(left)
            since = time.monotonic()  # how late it wakes is the machine's
        else:
            since = due
        due += pause
        try:
            wire = wire or Wire(port)
            wire.send(wanted)
            got = wire.answer()
            if got is None or not got[0].startswith(b"HTTP/1.1 200"):
                raise OSError(f"answered {got[0][:40] if got else 'nothing'}")
            times.append(time.monotonic() - since)
        except OSError as wrong:
            failed.append(str(wrong))
            wire = None
    out.send((times, failed))


class Asked:
    """What `count` callers in processes of their own have met within so many seconds: nothing else that this process does holds them up."""

    def __init__(self, port, token, count, pause, seconds, path="/things"):
        wanted, context = request("GET", "acme.test", path, token), multiprocessing.get_context("fork")
        ends = []
        for _ in range(count):
            mine, theirs = context.Pipe(duplex=False)
            context.Process(target=ask_in_time, args=(port, wanted, pause, seconds, theirs), daemon=True).start()
            theirs.close()
            ends.append(mine)
        answers = [e.recv() for e in ends]
        self.times = [t for times, _ in answers for t in times]
        self.failed = [f for _, failed in answers for f in failed]


def quantile(times, q):
    return sorted(times)[min(len(times) - 1, int(q * len(times)))]
