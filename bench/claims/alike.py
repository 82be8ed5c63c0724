"""T-3: unknown, revoked and disabled tokens take the same time to refuse. Welch's t over interleaved samples; |t| < 4.5."""

import math
import random
import statistics
import time

from .site import Failed, Site, Upstream, Wire, made_up_token, request, shipped

APIS = shipped("paymenter")
LIMIT, EACH = 4.5, 64


def welch(a, b):
    return (statistics.fmean(a) - statistics.fmean(b)) / math.sqrt(statistics.variance(a) / len(a) + statistics.variance(b) / len(b))


def stable(answer):
    head, body = answer
    return [f for f in head.lower().split(b"\r\n") if not f.startswith((b"date:", b"x-request-id:"))], body


def measure(options, say):
    upstream = Upstream()
    try:
        with Site(options.binary, APIS, upstream_port=upstream.port, more="threads: 1\n") as site:
            wish = {"api": "paymenter", "name": "T-3", "scopes": ["invoices.view"]}
            kinds = {"unknown": [made_up_token("pma_", 49, True) for _ in range(EACH)], "revoked": [], "disabled": []}
            for _ in range(EACH):
                for kind, (method, path) in {"revoked": ("DELETE", ""), "disabled": ("POST", "/disable")}.items():
                    made = site.create(**wish)
                    site.manage(method, f"/api-tokens/{made['id']}{path}")
                    kinds[kind].append(made["token"])
            requests = {kind: [request("GET", "paymenter.test", "/api/v1/admin/invoices", t) for t in tokens] for kind, tokens in kinds.items()}
            wire, looks = Wire(site.port), set()
            for _ in range(3):  # met by the only thread
                for kind in kinds:
                    for data in requests[kind]:
                        wire.send(data)
                        head, body = wire.answer()
                        looks.add((tuple(stable((head, body))[0]), body))
            if len(looks) != 1:
                raise Failed(f"they do not look alike: {looks}")
            time.sleep(0.5)  # threads say what they have counted some times a second
            reads = site.figure("tollgate_grant_cache_misses_total")
            plan, taken = [kind for kind in kinds for _ in range(options.samples)], {kind: [] for kind in kinds}
            random.shuffle(plan)
            for kind in plan:
                data = random.choice(requests[kind])
                began = time.perf_counter_ns()
                wire.send(data)
                wire.answer()
                taken[kind].append((time.perf_counter_ns() - began) / 1000)
            if site.figure("tollgate_grant_cache_misses_total") != reads:
                raise Failed("the store was read in between")
    finally:
        upstream.stop()
    # What the machine did to a sample is no sample: the slowest twentieth of all goes, by one limit for all kinds.
    limit = sorted(t for times in taken.values() for t in times)[int(0.95 * len(plan))]
    kept = {kind: [t for t in times if t <= limit] for kind, times in taken.items()}
    rows, worst = [], 0.0
    names = list(kinds)
    for a, b in ((names[0], names[1]), (names[0], names[2]), (names[1], names[2])):
        t, raw = welch(kept[a], kept[b]), welch(taken[a], taken[b])
        worst = max(worst, abs(t))
        rows.append([f"{a}, {b}", f"{statistics.median(kept[a]):.1f} µs", f"{statistics.median(kept[b]):.1f} µs",
                     f"{t:+.2f} ({raw:+.2f} with the slowest twentieth)"])
        say("  ".join(rows[-1]))
    return {"title": f"T-3, {options.samples:,} samples each", "head": ["pair", "median", "median", "Welch's t"], "rows": rows,
            "holds": worst < LIMIT,
            "says": f"largest |t| {worst:.2f}, limit {LIMIT}"}
