"""Revocation under full load: how soon every thread decides by it, and what a synced change costs beside a bare fdatasync."""

import multiprocessing
import os
import subprocess
import sys
import time

from .flood import APIS, BATCH
from .site import Failed, Site, Upstream, UnixConnection, Wire, made_up_token, request

VISIBLE_US = 100
TIMES_FDATASYNC = 3


def traffic(port, token, until):
    """In a process of its own: refused and served requests, a batch at a time."""
    wire = Wire(port)
    batch = [request("GET", "partner.test", "/invoices", made_up_token("pk_", 49, False)) for _ in range(BATCH)]
    batch[0] = request("GET", "partner.test", "/invoices", token)
    while not until.is_set():
        wire.send(b"".join(batch))
        for i in range(BATCH):
            head, _ = wire.answer()
            if (b" 200 " in head) != (i == 0):
                raise Failed(f"request {i} of a batch was answered {head[:60]!r}")
    wire.close()


def synced_ms(fd):
    """What a change writes, appended to a file beside the store, and on the disk."""
    began = time.perf_counter()
    os.write(fd, b"x" * 1200)
    os.fdatasync(fd)
    return (time.perf_counter() - began) * 1000


def at(sorted_values, share):
    return sorted_values[min(int(share * len(sorted_values)), len(sorted_values) - 1)]


BOUNDS = ("0.0001", "0.00025", "0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "+Inf")


def buckets(site, which):
    """Of the histogram: seconds -> how many took at most as long."""
    return {float(le): site.figure(f'tollgate_change_{which}_seconds_bucket{{le="{le}"}}') for le in BOUNDS}


def since(before, site, which):
    return {le: count - before[which][le] for le, count in buckets(site, which).items()}


def quantile_ms(counts, share):
    """As Prometheus reads it: within its bucket in proportion."""
    wanted, lower, below = share * counts[float("inf")], 0.0, 0
    for le, count in sorted(counts.items()):
        if count >= wanted:
            return 1000 * (lower if le == float("inf") else lower + (le - lower) * (wanted - below) / max(count - below, 1))
        lower, below = le, count
    return 1000 * lower


def revoke_each(site, tokens):
    """Milliseconds until each revocation was answered, and of a bare fdatasync after each: a shared disk changes its speed. Each must be
    refused then, on connections that were open before."""
    probe = os.open(site.directory / "probe", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    bare = []
    wires = [Wire(site.port) for _ in range(16)]  # the kernel spreads them over the threads
    connection, taken = UnixConnection(site.socket), []
    for made in tokens:
        data = request("GET", "partner.test", "/invoices", made["token"])
        for wire in wires:
            wire.send(data)
        if not all(b" 200 " in wire.answer()[0] for wire in wires):
            raise Failed("a token that was not revoked was refused")
        began = time.perf_counter()
        status, _ = site.manage("DELETE", f"/api-tokens/{made['id']}", connection=connection)
        taken.append((time.perf_counter() - began) * 1000)
        for wire in wires:
            wire.send(data)
        answers = [wire.answer()[0] for wire in wires]
        if status != 204 or not all(b" 401 " in head for head in answers):
            raise Failed(f"{made['id']} was answered {status} when it was revoked, and then let in: {answers[0][:40]!r}")
        bare.append(synced_ms(probe))
    os.close(probe)
    for wire in wires:
        wire.close()
    return taken, bare


def measure(options, say):
    """Idle and under load in turns, since a machine changes its speed."""
    idle, bare, loaded, bare_loaded, total = [], [], [], [], {}
    upstream = Upstream()
    try:
        with Site(options.binary, APIS, upstream_port=upstream.port) as site:
            steady = site.create(api="partner", name="steady", scopes=["invoices:read"])["token"]
            for turn in range(options.rounds):
                names = [f"R-{turn}-{i}" for i in range(options.tokens // options.rounds)]
                tokens = [site.create(api="partner", name=name, scopes=["invoices:read"]) for name in names]
                taken, synced = revoke_each(site, tokens[:len(tokens) // 2])
                idle, bare = idle + taken, bare + synced
                taken, synced, counts = under_load(options, site, steady, tokens[len(tokens) // 2:])
                loaded, bare_loaded = loaded + taken, bare_loaded + synced
                for which, histogram in counts.items():
                    kept = total.setdefault(which, dict.fromkeys(histogram, 0))
                    for le, count in histogram.items():
                        kept[le] += count
    finally:
        upstream.stop()
    for values in (idle, bare, loaded, bare_loaded):
        values.sort()
    count, commits = total["visible"], total["commit"]
    share = count[0.0001] / count[float("inf")]
    shares = [f"{count[le] / count[float('inf')]:.2%}" for le in (0.0001, 0.00025, 0.001)]
    rows = [["visible on every thread, within 100 µs, 250 µs, 1 ms of being durable", *shares]]
    named = (("a bare fdatasync, between idle revocations", bare), ("a revocation until it is answered, idle", idle),
             ("a bare fdatasync, between revocations under load", bare_loaded), ("a revocation until it is answered, under load", loaded))
    for name, values in named:
        rows.append([name, *(f"{at(values, q):.2f} ms" for q in (0.5, 0.9, 0.99))])
    rows.append(["its commit, under load (from the metric's buckets)", *(f"{quantile_ms(commits, q):.2f} ms" for q in (0.5, 0.9, 0.99))])
    for row in rows:
        say("  ".join(row))
    times = quantile_ms(commits, 0.99) / at(bare, 0.99)
    preferred = "its committer goes before others" if may_raise_priority() else "no CAP_SYS_NICE, no RLIMIT_NICE: its committer goes like others"
    return {"title": f"{len(loaded)} revocations under load", "head": ["", "p50", "p90", "p99"], "rows": rows, "holds": share >= 0.99,
            "says": f"{share:.2%} visible within {VISIBLE_US} µs; the p99 of a commit under load is {times:.1f} times the p99 of an idle fdatasync "
                    f"(aim {TIMES_FDATASYNC}): {preferred}; none was let in after its answer"}


def under_load(options, site, steady, tokens):
    until = multiprocessing.Event()
    workers = [multiprocessing.Process(target=traffic, args=(site.port, steady, until)) for _ in range(options.load)]
    for w in workers:
        w.start()
    time.sleep(1)  # until it flows
    before = {which: buckets(site, which) for which in ("visible", "commit")}
    taken, synced = revoke_each(site, tokens)
    time.sleep(0.5)
    counts = {which: since(before, site, which) for which in before}
    until.set()
    for w in workers:
        w.join()
    if any(w.exitcode for w in workers):
        raise Failed("the traffic broke off")
    return taken, synced, counts


def may_raise_priority():
    """Whether a process that is started from here may: tried in one."""
    tried = "import os; os.setpriority(os.PRIO_PROCESS, 0, -15)"
    return subprocess.run([sys.executable, "-c", tried], stderr=subprocess.DEVNULL).returncode == 0
