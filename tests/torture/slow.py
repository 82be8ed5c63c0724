"""Thousands of slow callers by slowhttptest: heads, bodies, readers that take for ever. And thousands that do nothing. Others are served."""

import resource
import shutil
import socket
import subprocess
import tempfile
import time

from claims.kill import APIS, DOCUMENT
from claims.site import Failed, Site, Upstream

from .callers import Callers, quantile

MODES = {"slow heads": ["-H", "-i", "5", "-x", "24"], "slow bodies": ["-B", "-i", "5", "-s", "8192", "-x", "10"],
         "slow readers": ["-X", "-w", "1", "-y", "64", "-n", "5", "-z", "32", "-k", "3"]}
OTHERS, PAUSE, SECONDS = 4, 0.02, 10


def others(site, token, seconds):
    """How well others are served for so long: (answers, failures, p99)."""
    callers = Callers(site.port, token, OTHERS, PAUSE)
    time.sleep(seconds)
    callers.stop()
    if not callers.times:
        raise Failed("nobody else was served: " + str(callers.failed[:3]))
    return callers


def slowly(site, token, how, options):
    """slowhttptest from the moment when it has its connections."""
    url = f"http://127.0.0.1:{site.port}/things"
    with tempfile.TemporaryFile() as said:
        command = ["slowhttptest", *how, "-c", str(options.connections), "-r", "2500", "-l", str(options.seconds), "-u", url, "-p", "3", "-v", "1"]
        tool = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT)
        try:
            time.sleep(3)  # its connections come at 2,500 a second
            held = site.figure("tollgate_connections_open")
            callers = others(site, token, options.seconds - 6)
            tool.wait(options.seconds + 60)
        finally:
            tool.kill()
            tool.wait()
        return callers, held


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
    rows, holds, upstream = [], True, Upstream()
    try:
        with Site(options.binary, APIS, {"acme.yaml": DOCUMENT}, upstream.port, more="threads: 2\ntimeouts: { keep_alive: 300s }\n") as site:
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
                holds &= row(mode, callers, held, site.memory_bytes())
            callers, held, memory = idle(site, token, options)
            holds &= row("idle", callers, held, memory) and held >= options.idle
    finally:
        upstream.stop()
    return {"title": "Slow and idle callers", "head": ["who", "connections", "others served", "failed", "p99", "of alone", "memory"], "rows": rows,
            "holds": holds, "says": "everybody else is served, p99 within 2 times"}
