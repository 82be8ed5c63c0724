"""W-13: what a byte of an attack costs beside a byte of plain requests without a token; at most a hundred times."""

import statistics
import time

from .site import Site, Upstream, Wire, shipped

APIS = shipped("partner")
HEAD = "GET /invoices HTTP/1.1\r\nHost: partner.test\r\n"
POST = "POST /invoices HTTP/1.1\r\nHost: partner.test\r\n"
FACTOR, MEMORY = 100, 64 << 20


def attacks(token):
    bearer = f"Authorization: Bearer {token}\r\n"
    return {
        "plain 401": HEAD + "\r\n",
        "99 short fields": HEAD + "".join(f"a{i}: b\r\n" for i in range(98)) + "\r\n",
        "one field of 31 KiB": HEAD + "a: " + "x" * 31_000 + "\r\n\r\n",
        "101 fields (refused)": HEAD + "".join(f"a{i}: b\r\n" for i in range(101)) + "\r\n",
        "a head that is too large": HEAD + "a: " + "x" * 40_000 + "\r\n\r\n",
        "a target of 2,600 escapes": "GET /" + "%61" * 2_600 + " HTTP/1.1\r\nHost: partner.test\r\n\r\n",
        "a deep path": "GET /" + "a/" * 4_000 + " HTTP/1.1\r\nHost: partner.test\r\n\r\n",
        "a deep path, with a token": "GET /" + "a/" * 4_000 + " HTTP/1.1\r\nHost: partner.test\r\n" + bearer + "\r\n",
        "a bearer text of 500 letters": HEAD + "Authorization: Bearer " + "a" * 500 + "\r\n\r\n",
        "50 Authorization fields": HEAD + "Authorization: Bearer a\r\n" * 50 + "\r\n",
        "a Connection field that names 5,000": HEAD + "Connection: " + "a, " * 5_000 + "b\r\n\r\n",
        "a query of 3,900 pairs, forwarded": "GET /invoices?" + "a&" * 3_900 + " HTTP/1.1\r\nHost: partner.test\r\n" + bearer + "\r\n",
        "chunks of 16 bytes, refused": POST + "Transfer-Encoding: chunked\r\n\r\n" + "10\r\n0123456789abcdef\r\n" * 2_000 + "0\r\n\r\n",
        "chunks of one byte, forwarded": POST + bearer + "Transfer-Encoding: chunked\r\n\r\n" + "1\r\na\r\n" * 4_000 + "0\r\n\r\n",
        "bare line feeds": HEAD.replace("\r\n", "\n") + "\n",
        "two lengths": POST + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    }


def send(site, data, total, most):
    """Sends `data` until `total` bytes have gone; a connection that the gateway closes is opened again. Times sent."""
    count, wire = max(1, total // len(data)), None
    for n in range(count):
        wire = wire or Wire(site.port)
        try:
            wire.send(data)
            alive = wire.answer() is not None and not wire.rest
        except OSError:
            alive = False
        if n % 50 == 0:
            most.append(site.memory_bytes())
        if not alive or b"\n\n" in data or n % 1000 == 999:
            wire.close()
            wire = None
    if wire:
        wire.close()
    return count


def measure(options, say):
    upstream, rows, worst, grown = Upstream(), [], 0.0, 0
    try:
        with Site(options.binary, APIS, upstream_port=upstream.port) as site:
            token = site.create(api="partner", name="W-13", scopes=["invoices:read", "invoices:write"])["token"]
            plain = None
            for name, text in attacks(token).items():
                data, most, taken = text.encode(), [site.memory_bytes()], []
                for _ in range(options.rounds):
                    cpu, began = site.cpu_ns(), time.monotonic()
                    count = send(site, data, options.bytes if len(data) > 2000 else options.bytes // 8, most)
                    taken.append((site.cpu_ns() - cpu) / (count * len(data)))
                    took = time.monotonic() - began
                each = statistics.median(taken)
                plain = plain or each
                worst, grown = max(worst, each / plain), max(grown, max(most) - most[0])
                rows.append([name, f"{len(data):,}", f"{each * len(data) / 1000:,.1f} µs", f"{each:.1f} ns", f"{each / plain:.2f}",
                             f"{(max(most) - most[0]) / 2**20:+.1f} MiB"])
                say("  ".join(rows[-1]) + f"  ({took:.1f} s)")
    finally:
        upstream.stop()
    return {"title": "W-13", "head": ["request", "bytes", "processor time", "a byte", "of a plain 401's", "memory"], "rows": rows,
            "holds": worst <= FACTOR and grown < MEMORY,
            "says": f"at most {worst:.1f} times a plain 401's byte, limit {FACTOR}; memory at most {grown / 2**20:.1f} MiB more"}
