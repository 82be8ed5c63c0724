"""Thousands of slow callers by slowhttptest: heads, bodies, readers that take for ever. And thousands that do nothing. Others are served.

The slow ones call a route that needs no token, so that their bodies and the long answers go all the way to the upstream and hold it up.
"""

import os
import re
import resource
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from claims.site import Failed, Site

from .callers import Callers, quantile
from .patient import PatientUpstream

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
SHARE = 1250         # connections of one slowhttptest: for each new one it looks at all that it has, so that 5,000 by one take ten times as long
COMING = 60          # seconds in which they have to be there
ENOUGH = 0.95        # of them


def tcp_memory():
    """In pages, of the whole machine: (taken, where the kernel begins to hold every connection back)."""
    taken = re.search(r"^TCP: .* mem (\d+)", Path("/proc/net/sockstat").read_text(), re.M)
    return int(taken[1]), int(Path("/proc/sys/net/ipv4/tcp_mem").read_text().split()[1])


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


class SlowCallers:
    """slowhttptest, as often as its connections want."""

    def __init__(self, url, how, options):
        self.said, self.tools = tempfile.TemporaryFile(), []
        for begin in range(0, options.connections, SHARE):
            command = ["slowhttptest", *how, "-c", str(min(SHARE, options.connections - begin)), "-r", "625", "-l", str(COMING + options.seconds),
                       "-u", url, "-p", "60"]
            self.tools.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.said, stderr=subprocess.STDOUT))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for tool in self.tools:
            tool.kill()
        for tool in self.tools:
            tool.wait()
        self.said.close()


def slowly(site, token, how, options):
    """The slow ones come, and others are served beside them: (others, connections at the beginning or at the end, whichever is less, seconds until
    they were there, tcp_memory() while they are)."""
    began = time.monotonic()
    with SlowCallers(f"http://127.0.0.1:{site.port}/open", how, options):
        held = connected(site, options.connections)
        seconds = time.monotonic() - began
        callers = others(site, token, options.seconds / 2)
        return callers, min(held, site.figure("tollgate_connections_open")), seconds, tcp_memory()


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
                callers, held, seconds, (taken, pressed) = slowly(site, token, how, options)
                say(f"{mode}: there after {seconds:.1f} s, load average {os.getloadavg()[0]:.1f}, TCP memory {taken} of {pressed} pages")
                if taken > pressed:
                    say(f"{mode}: all of this machine's TCP is held back (net.ipv4.tcp_mem): the figures say nothing of the gateway")
                holds &= row(mode, callers, held, site.memory_bytes()) and held >= ENOUGH * options.connections
            callers, held, memory = idle(site, token, options)
            holds &= row("idle", callers, held, memory) and held >= options.idle
    finally:
        upstream.stop()
    return {"title": "Slow and idle callers", "head": ["who", "connections", "others served", "failed", "p99", "of alone", "memory"], "rows": rows,
            "holds": holds, "says": "everybody else is served, p99 within 2 times"}
