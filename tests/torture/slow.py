"""Thousands of slow callers by slowhttptest: heads, bodies, readers that take for ever. And thousands that do nothing. Others are served.

The slow ones call an API that needs no token, so that their bodies and the long answers go all the way to an upstream and hold it up. Others call an
API with an upstream of its own. They are timed alone, then with as many slow ones that go straight to the slow ones' upstream, and then with slow
ones at the gateway, in turns: what the slow ones and their upstream take of the machine's processors stands in the second of these, what the gateway
makes of them in the third.
"""

import os
import re
import resource
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from claims.site import Failed, Site

from .callers import Asked, quantile
from .patient import PatientUpstream

DOCUMENT = """openapi: 3.1.0
info: { title: Acme, version: '1' }
security: [ { token: [] } ]
paths:
  /things: { get: { responses: {} } }
components: { securitySchemes: { token: { type: http, scheme: bearer } } }
"""
OPEN = """openapi: 3.1.0
info: { title: Open, version: '1' }
paths:
  /open: { get: { security: [], responses: {} }, post: { security: [], responses: {} } }
"""
APIS = ('  - { name: acme, hosts: [ acme.test ], openapi: acme.yaml, upstream: { servers: [ "http://@UP@" ] } }\n'
        '  - { name: open, hosts: [ 127.0.0.1 ], openapi: open.yaml, upstream: { servers: [ "http://127.0.0.1:@SLOW@" ] } }\n')
# Long, so that all of them stand at once; what ends a slow one sooner is tested elsewhere.
TIMES = "threads: 2\ntimeouts: { head: 120s, body_idle: 120s, first_byte: 120s, response_idle: 120s, keep_alive: 300s }\n"
MODES = {"slow heads": ["-H", "-i", "5", "-x", "24"], "slow bodies": ["-B", "-i", "5", "-s", "8192", "-x", "10"],
         "slow readers": ["-X", "-w", "1", "-y", "64", "-n", "5", "-z", "32", "-k", "3"]}
OTHERS, PAUSE = 4, 0.02
SHARE = 1250         # connections of one slowhttptest: for each new one it looks at all that it has, so that 5,000 by one take ten times as long
COMING = 60          # seconds in which they have to be there
ENOUGH = 0.95        # of them
UNIMPORTANT = 10     # niceness of slowhttptest: that it comes late now and then makes its callers no faster


def tcp_is_pressed():
    """Whether the kernel holds back every connection of the machine."""
    taken = re.search(r"^TCP: .* mem (\d+)", Path("/proc/net/sockstat").read_text(), re.M)
    return int(taken[1]) > int(Path("/proc/sys/net/ipv4/tcp_mem").read_text().split()[1])


def connections_to(port):
    """Established ones that this machine's `port` has accepted, or will."""
    return len(re.findall(rf"^ *\d+: \w+:{port:04X} \S+ 01 ", Path("/proc/net/tcp").read_text(), re.M))


def connected(port, wanted):
    """How many connections are there once that is enough."""
    deadline = time.monotonic() + COMING
    while (held := connections_to(port)) < ENOUGH * wanted:
        if time.monotonic() > deadline:
            raise Failed(f"of {wanted} connections {held} are there")
        time.sleep(0.2)
    return held


class SlowCallers:
    """slowhttptest, as often as its connections want."""

    def __init__(self, port, how, options):
        self.said, self.tools = tempfile.TemporaryFile(), []
        for begin in range(0, options.connections, SHARE):
            command = ["nice", "-n", str(UNIMPORTANT), "slowhttptest", *how, "-c", str(min(SHARE, options.connections - begin)), "-r", "625",
                       "-l", str(COMING + options.seconds), "-u", f"http://127.0.0.1:{port}/open", "-p", "60"]
            self.tools.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.said, stderr=subprocess.STDOUT))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for tool in self.tools:
            tool.kill()
        for tool in self.tools:
            tool.wait()
        self.said.close()


class Sample:
    """How others were served for a while beside `held` connections of somebody else."""

    def __init__(self, site, token, seconds, held=0):
        processor, began = site.cpu_ns(), time.monotonic()
        asked = Asked(site.port, token, OTHERS, PAUSE, seconds)
        self.processor = (site.cpu_ns() - processor) / 1e9 / (time.monotonic() - began)
        if not asked.times:
            raise Failed("nobody else was served: " + str(asked.failed[:3]))
        self.served, self.failed, self.held, self.pressed = len(asked.times), len(asked.failed), held, tcp_is_pressed()
        self.p50, self.p99, self.memory = quantile(asked.times, 0.5), quantile(asked.times, 0.99), site.memory_bytes()


def beside(site, token, how, port, options):
    """The slow ones come to `port`, and others are served by the gateway."""
    with SlowCallers(port, how, options):
        held = connected(port, options.connections)
        settled(site)
        sample = Sample(site, token, options.seconds, held)
        sample.held = min(held, connections_to(port))
    while connections_to(port) > 0.01 * options.connections:  # gone, before the next come
        time.sleep(0.2)
    return sample


def settled(site):
    """Until what came with thousands of callers, such as their answers that fill the kernel's buffers, is done: they are slow from then on."""
    deadline, busy = time.monotonic() + COMING, 1.0
    while busy > 0.05 and time.monotonic() < deadline:
        processor = site.cpu_ns()
        time.sleep(0.5)
        busy = (site.cpu_ns() - processor) / 5e8


class Idle:
    """Connections that are open and say nothing. They are held by this process."""

    def __init__(self, port, count):
        resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
        self.held = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(count)]
        time.sleep(2)

    def close(self):
        for s in self.held:
            s.close()


def middle(samples, name):
    return statistics.median(getattr(s, name) for s in samples)


def row_of(what, samples, bound, at_rest, elsewhere):
    """`bound`: what the p99 is held against."""
    p99 = middle(samples, "p99")
    def times(of):
        return f"{p99 / middle(of, 'p99'):.1f}" if of else ""
    row = [what, f"{min(s.held for s in samples):,}", f"{sum(s.served for s in samples):,}", str(sum(s.failed for s in samples)),
           f"{middle(samples, 'p50') * 1000:.2f} ms", f"{p99 * 1000:.2f} ms", times(at_rest), times(elsewhere),
           f"{middle(samples, 'processor') * 100:.0f} %", f"{max(s.memory for s in samples) / 2**20:.0f} MiB"]
    return row, not any(s.failed for s in samples) and (bound is None or p99 <= 2 * bound)


def in_turns(site, token, slow, options, note):
    """Nobody, the slow ones at `slow`, the slow ones at the gateway, and so on: (rows, whether what is demanded holds)."""
    modes = {mode: how for mode, how in MODES.items() if mode.removeprefix("slow ") in options.modes.split(",")}
    at_rest, elsewhere, here = [], {mode: [] for mode in modes}, {mode: [] for mode in modes}
    for _ in range(options.rounds):
        for mode, how in modes.items():
            at_rest.append(note("nobody", Sample(site, token, options.seconds)))
            elsewhere[mode].append(note(f"{mode}, not at the gateway", beside(site, token, how, slow.port, options)))
            here[mode].append(note(mode, beside(site, token, how, site.port, options)))
    rows, holds = [row_of("nobody", at_rest, None, [], [])[0]], True
    for mode in modes:
        rows.append(row_of(f"{mode}, not at the gateway", elsewhere[mode], None, at_rest, [])[0])
        bound = max(middle(at_rest, "p99"), middle(elsewhere[mode], "p99"))
        row, good = row_of(mode, here[mode], bound, at_rest, elsewhere[mode])
        rows.append(row)
        holds &= good and all(s.held >= ENOUGH * options.connections for s in here[mode])
    return rows, holds


def beside_idle(site, token, options, note):
    """Nobody and the idle ones, in turns: (row, whether what is demanded holds)."""
    at_rest, samples = [], []
    for _ in range(options.rounds):
        at_rest.append(note("nobody", Sample(site, token, options.seconds)))
        held = Idle(site.port, options.idle)
        try:
            samples.append(note("idle", Sample(site, token, options.seconds, int(site.figure("tollgate_connections_open")))))
        finally:
            held.close()
        while connections_to(site.port) > 0.01 * options.idle:  # gone, before the next come
            time.sleep(0.2)
    row, good = row_of("idle", samples, middle(at_rest, "p99"), at_rest, [])
    return row, good and all(s.held >= options.idle for s in samples)


def measure(options, say):
    if shutil.which("slowhttptest") is None:
        raise Failed("slowhttptest is not there: tools/install-deps test")

    def note(what, sample):
        say(f"{what}: {sample.held:,} connections, {sample.served:,} others served, {sample.failed} failed, p99 {sample.p99 * 1000:.2f} ms, "
            f"the gateway {sample.processor * 100:.0f} % of a processor, load average {os.getloadavg()[0]:.1f}")
        if sample.pressed:
            say("all of this machine's TCP is held back (net.ipv4.tcp_mem): the figures say nothing of the gateway")
        return sample
    upstream, slow = PatientUpstream(), PatientUpstream()
    try:
        with Site(options.binary, APIS.replace("@SLOW@", str(slow.port)), {"acme.yaml": DOCUMENT, "open.yaml": OPEN}, upstream.port,
                  more=TIMES) as site:
            token = site.create(api="acme", name="Other")["token"]
            Sample(site, token, 3)  # what is met for the first time
            rows, holds = in_turns(site, token, slow, options, note)
            if options.idle:
                row, good = beside_idle(site, token, options, note)
                rows.append(row)
                holds &= good
    finally:
        upstream.stop()
        slow.stop()
    return {"title": "Slow and idle callers", "rows": rows, "holds": holds,
            "head": ["who", "connections", "others served", "failed", "p50", "p99", "of alone", "of the same elsewhere", "gateway's processor",
                     "memory"],
            "says": "everybody else is served; p99, as the median of the rounds, within 2 times what it is alone, or beside as many elsewhere"}
