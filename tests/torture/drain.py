"""SIGTERM while downloads are under way: each ends whole, nothing new is let in, and the exit code is 0."""

import signal
import socket
import threading
import time

from claims.kill import APIS, DOCUMENT
from claims.site import Failed, Site, Wire, request

PIECES, PIECE = 40, b"x" * 1000


class SlowUpstream:
    """Answers each request with PIECES of PIECE, a tenth of a second apart."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.listener.getsockname()[1]
        self.begun = threading.Semaphore(0)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer):
        with peer:
            try:
                while b"\r\n\r\n" not in peer.recv(65536):
                    pass
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (PIECES * len(PIECE)) + PIECE)
                self.begun.release()
                for _ in range(PIECES - 1):
                    time.sleep(0.1)
                    peer.sendall(PIECE)
            except OSError:
                pass

    def stop(self):
        self.listener.close()


def measure(options, say):
    upstream = SlowUpstream()
    whole, cut = [], []

    def download(port, token):
        try:
            wire = Wire(port)
            wire.send(request("GET", "acme.test", "/things", token))
            got = wire.answer()
            (whole if got and len(got[1]) == PIECES * len(PIECE) else cut).append(got and len(got[1]))
        except OSError as wrong:
            cut.append(str(wrong))
    try:
        with Site(options.binary, APIS, {"acme.yaml": DOCUMENT}, upstream.port) as site:
            token = site.create(api="acme", name="Long")["token"]
            threads = [threading.Thread(target=download, args=(site.port, token), daemon=True) for _ in range(options.downloads)]
            for t in threads:
                t.start()
            for _ in threads:
                if not upstream.begun.acquire(timeout=30):
                    raise Failed("the downloads do not begin")
            began = time.monotonic()
            site.process.send_signal(signal.SIGTERM)
            late = 0
            while site.process.poll() is None and time.monotonic() - began < 30:
                try:
                    Wire(site.port).close()
                    late += 1  # the listener is there until the process has seen the signal
                except OSError:
                    pass
                time.sleep(0.05)
            for t in threads:
                t.join()
            code, took = site.process.wait(30), time.monotonic() - began
    finally:
        upstream.stop()
    say(f"{len(whole)} downloads whole, {len(cut)} not; exit code {code} after {took:.1f} s")
    return {"title": "SIGTERM with long downloads", "head": ["downloads", "whole", "cut", "exit code", "seconds"],
            "rows": [[str(options.downloads), str(len(whole)), str(len(cut)), str(code), f"{took:.1f}"]], "holds": not cut and code == 0,
            "says": "what was under way ends whole, and the exit code is 0"}
