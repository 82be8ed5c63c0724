"""Thousands of slow callers by slowhttptest: heads, bodies, readers that take for ever. And thousands that do nothing. Others are served.

The slow ones call a route that needs no token, so that their bodies and the long answers go all the way to the upstream and hold it up.
"""

import asyncio
import re
import resource
import shutil
import socket
import subprocess
import tempfile
import threading
import time

from claims.site import Failed, Site

from .callers import Callers, quantile

DOCUMENT = """openapi: 3.1.0
info: { title: Acme, version: '1' }
security: [ { token: [] } ]
paths:
  /things: { get: { responses: {} } }
  /open: { get: { security: [], responses: {} }, post: { security: [], responses: {} } }
components: { securitySchemes: { token: { type: http, scheme: bearer } } }
"""
APIS = '  - { name: acme, hosts: [ acme.test, 127.0.0.1 ], openapi: acme.yaml, upstream: { servers: [ "http://@UP@" ] } }\n'
# Long, so that all of them stand at once; what ends a slow one sooner is tested elsewhere.
TIMES = "threads: 2\ntimeouts: { head: 120s, body_idle: 120s, first_byte: 120s, response_idle: 120s, keep_alive: 300s }\n"
MODES = {"slow heads": ["-H", "-i", "5", "-x", "24"], "slow bodies": ["-B", "-i", "5", "-s", "8192", "-x", "10"],
         "slow readers": ["-X", "-w", "1", "-y", "64", "-n", "5", "-z", "32", "-k", "3"]}
OTHERS, PAUSE, SECONDS = 4, 0.02, 10
COMING = 60          # seconds in which they have to be there
ENOUGH = 0.95        # of them
LONG = b"x" * 262_144


class PatientUpstream:
    """Reads bodies however slowly they come, and answers /open at length; one thread for all connections."""

    def __init__(self):
        self.loop, self.port, ready = asyncio.new_event_loop(), 0, threading.Event()

        async def serve():
            server = await asyncio.start_server(self.answer, "127.0.0.1", 0, backlog=4096)
            self.port = server.sockets[0].getsockname()[1]
            ready.set()

        def run():
            self.loop.create_task(serve())
            self.loop.run_forever()
        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()
        ready.wait()

    async def answer(self, reader, writer):
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
                await reader.readexactly(int(length[1]) if length else 0)
                body = LONG if head.startswith(b"GET /open") else b"ok"
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()


def connected(site, wanted):
    """How many connections are open once that is enough."""
    deadline = time.monotonic() + COMING
    while (held := site.figure("tollgate_connections_open")) < ENOUGH * wanted:
        if time.monotonic() > deadline:
            raise Failed(f"of {wanted} connections {held:.0f} are there")
        time.sleep(0.2)
    return held


def others(site, token, seconds):
    """How well others are served for so long: (answers, failures, p99)."""
    callers = Callers(site.port, token, OTHERS, PAUSE)
    time.sleep(seconds)
    callers.stop()
    if not callers.times:
        raise Failed("nobody else was served: " + str(callers.failed[:3]))
    return callers


def slowly(site, token, how, options):
    """slowhttptest once it has its connections: (others, connections at the beginning and at the end)."""
    url = f"http://127.0.0.1:{site.port}/open"
    with tempfile.TemporaryFile() as said:
        command = ["slowhttptest", *how, "-c", str(options.connections), "-r", "2500", "-l", str(COMING + options.seconds), "-u", url, "-p", "60"]
        tool = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT)
        try:
            held = connected(site, options.connections)
            callers = others(site, token, options.seconds / 2)
            return callers, min(held, site.figure("tollgate_connections_open"))
        finally:
            tool.kill()
            tool.wait()


def idle(site, token, options):
    """Connections that are open and say nothing. They are held by this process."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    held = []
    try:
        for _ in range(options.idle):
            held.append(socket.create_connection(("127.0.0.1", site.port), timeout=30))
        time.sleep(2)
        memory, counted = site.memory_bytes(), site.figure("tollgate_connections_open")
        callers = others(site, token, SECONDS)
        return callers, counted, memory
    finally:
        for s in held:
            s.close()


def measure(options, say):
    if shutil.which("slowhttptest") is None:
        raise Failed("slowhttptest is not there: tools/install-deps test")
    rows, holds, upstream = [], True, PatientUpstream()
    try:
        with Site(options.binary, APIS, {"acme.yaml": DOCUMENT}, upstream.port, more=TIMES) as site:
            token = site.create(api="acme", name="Other")["token"]
            others(site, token, 3)
            alone = others(site, token, SECONDS)
            at_rest, memory = quantile(alone.times, 0.99), site.memory_bytes()

            def row(what, callers, held, bytes_now):
                p99 = quantile(callers.times, 0.99)
                say(f"{what}: {held:.0f} connections, {len(callers.times)} others served, {len(callers.failed)} failed, p99 {p99 * 1000:.1f} ms")
                rows.append([what, f"{held:.0f}", str(len(callers.times)), str(len(callers.failed)), f"{p99 * 1000:.1f} ms", f"{p99 / at_rest:.1f}",
                             f"{bytes_now / 2**20:.0f} MiB"])
                # Below five milliseconds it is the machine that is measured, with the callers on it.
                return not callers.failed and p99 <= max(2 * at_rest, 0.005)
            row("nobody", alone, 0, memory)
            for mode, how in MODES.items():
                callers, held = slowly(site, token, how, options)
                holds &= row(mode, callers, held, site.memory_bytes()) and held >= ENOUGH * options.connections
            callers, held, memory = idle(site, token, options)
            holds &= row("idle", callers, held, memory) and held >= options.idle
    finally:
        upstream.stop()
    return {"title": "Slow and idle callers", "head": ["who", "connections", "others served", "failed", "p99", "of alone", "memory"], "rows": rows,
            "holds": holds, "says": "everybody else is served, p99 within 2 times"}
