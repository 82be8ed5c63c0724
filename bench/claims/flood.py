"""T-6: a flood of well-formed random tokens. Bounded memory, no store read for a bad checksum, and what it does to valid traffic."""

import multiprocessing
import threading
import time

from .site import Failed, Site, Upstream, Wire, made_up_token, request, shipped

APIS = shipped("partner")
BATCH, MEMORY = 200, 64 << 20


def flood(port, count, good):
    """In a process of its own."""
    wire = Wire(port)
    for _ in range(count // BATCH):
        wire.send(b"".join(request("GET", "partner.test", "/invoices", made_up_token("pk_", 49, good)) for _ in range(BATCH)))
        for _ in range(BATCH):
            head, _ = wire.answer()
            if b" 401 " not in head:
                raise Failed(f"a made up token was answered {head[:60]!r}")
    wire.close()


def p99(site, token, until):
    """Milliseconds, over requests with a valid token until `until()`."""
    wire, taken, data = Wire(site.port), [], request("GET", "partner.test", "/invoices", token)
    while not until():
        began = time.perf_counter()
        wire.send(data)
        head, _ = wire.answer()
        if b" 200 " not in head:
            raise Failed(f"a valid token was answered {head[:60]!r}")
        taken.append((time.perf_counter() - began) * 1000)
    wire.close()
    return sorted(taken)[int(0.99 * len(taken))], len(taken)


def meet(site, token):
    """Until every thread knows the token: the kernel spreads connections over them."""
    for _ in range(64):
        wire = Wire(site.port)
        wire.send(request("GET", "partner.test", "/invoices", token))
        wire.answer()
        wire.close()


def one(site, token, count, good, say):
    end = time.monotonic() + 5
    before, _ = p99(site, token, lambda: time.monotonic() > end)
    time.sleep(0.5)  # threads say what they have counted some times a second
    memory, reads = site.memory_bytes(), site.figure("tollgate_grant_cache_misses_total")
    worker = multiprocessing.Process(target=flood, args=(site.port, count, good))
    cpu, began = site.cpu_ns(), time.monotonic()
    worker.start()
    most = [memory]
    watcher = threading.Thread(target=lambda: [most.append(site.memory_bytes()) or time.sleep(0.1) for _ in iter(worker.is_alive, False)])
    watcher.start()
    during, valid = p99(site, token, lambda: not worker.is_alive())
    worker.join()
    watcher.join()
    if worker.exitcode != 0:
        raise Failed("the flood broke off")
    seconds = time.monotonic() - began
    reads = site.figure("tollgate_grant_cache_misses_total") - reads
    each_us = (site.cpu_ns() - cpu) / (count + valid) / 1000
    row = [f"{count:,} with a {'good' if good else 'bad'} checksum", f"{count / seconds:,.0f}/s, {each_us:.1f} µs each",
           f"{(max(most) - memory) / 2**20:+.1f} MiB", f"{reads:.0f} reads", f"{before:.2f} ms → {during:.2f} ms"]
    say("  ".join(row))
    return row, max(most) - memory, reads, during / before


def measure(options, say):
    upstream = Upstream()
    try:
        with Site(options.binary, APIS, upstream_port=upstream.port) as site:
            token = site.create(api="partner", name="T-6", scopes=["invoices:read"])["token"]
            meet(site, token)
            junk, grown, reads, ratio = one(site, token, options.tokens, False, say)
            known, grown_too, _, ratio_too = one(site, token, options.tokens, True, say)
    finally:
        upstream.stop()
    return {"title": "T-6", "head": ["flood", "rate, processor time", "memory", "index reads", "p99 of valid traffic"], "rows": [junk, known],
            "holds": reads == 0 and max(grown, grown_too) < MEMORY,
            "says": f"{reads:.0f} reads for bad checksums, at most {max(grown, grown_too) / 2**20:.1f} MiB more; "
                    f"p99 of valid traffic {ratio:.1f} and {ratio_too:.1f} times (aim 2)"}
