"""From samples to figures: medians, ratios within a round, a table."""

import statistics

from .rounds import spread, usable

WAITS = ("epoll_wait", "epoll_pwait", "epoll_pwait2")


def mean_relay(one):
    return statistics.mean(s["cpu_us"] for s in one["relay"])


def saturation_figures(rounds, names, wanted):
    """Ratios are taken within each round, then the median over rounds: the machine's moods cancel out."""
    chosen, quiet = usable(rounds, wanted)
    out = {}
    for name in names:
        def samples(r, name=name):
            return r["relay"] if name == "relay" else [r["proxies"][name]]
        every = [s for r in chosen for s in samples(r)]
        out[name] = {
            "cpu_us": spread([s["cpu_us"] for s in every]),
            "rps": spread([s["rps"] for s in every]),
            "busy": statistics.median(s["busy"] for s in every),
            "memory_bytes": max(s["memory_bytes"] for s in every),
            "of_relay": spread([statistics.mean(s["cpu_us"] for s in samples(r)) / mean_relay(r) for r in chosen]),
        }
        if "haproxy" in names:
            out[name]["of_haproxy"] = spread([statistics.mean(s["cpu_us"] for s in samples(r)) / r["proxies"]["haproxy"]["cpu_us"] for r in chosen])
    return {"proxies": out, "rounds": len(rounds), "counted": len(chosen), "quiet": quiet,
            "disturbed": [r["disturbed"] for r in rounds if r["disturbed"]]}


def merged(samples):
    """One histogram of several: [[upper edge in µs, count]], rising."""
    counts = {}
    for one in samples:
        for edge, count in one["histogram_us"]:
            counts[edge] = counts.get(edge, 0) + count
    return sorted([edge, count] for edge, count in counts.items())


def quantile(histogram, q):
    wanted = q * sum(count for _, count in histogram)
    seen = 0
    for edge, count in histogram:
        seen += count
        if seen > wanted:
            return edge
    return histogram[-1][0] if histogram else 0.0


def latency_figures(open_loop):
    """{rate: {name: {p50, p99, p999, max, histogram}}}: medians over rounds, since one stall of the machine is one round's."""
    out = {}
    for rate, by_name in open_loop.items():
        out[str(rate)] = {}
        for name, samples in by_name.items():
            figures = {q: statistics.median(s["latency_us"][q] for s in samples) for q in ("p50", "p90", "p99", "p999", "max")}
            figures["busy"] = statistics.median(s["busy"] for s in samples)
            figures["cpu_us"] = statistics.median(s["cpu_us"] for s in samples)
            figures["histogram_us"] = merged(samples)
            if "relay" in by_name:  # within each round, as with the times
                figures["of_relay"] = {q: statistics.median(s["latency_us"][q] / r["latency_us"][q] for s, r in zip(samples, by_name["relay"]))
                                       for q in ("p50", "p99")}
            out[str(rate)][name] = figures
    return out


def calls_text(calls):
    """`4.0 + 0.1`: calls a request, and the waits that requests share."""
    if not calls:
        return "-"
    waits = sum(n for call, n in calls.items() if call in WAITS)
    return f"{sum(calls.values()) - waits:.2f} + {waits:.2f}"


def ratio(figures, key):
    return f"{figures[key]['median']:.2f}" if key in figures else "-"


def table(result, peers):
    """Markdown: pleasant in a terminal, and what RESULTS.md shows."""
    half = result["half_rate"]
    latency = result["latency"].get(str(half), {})
    head = ["proxy, one core", "CPU µs a request", "of HAProxy", "of the relay", "requests/s", "system calls",
            f"p50 / p99 / p99.9 µs at {half:,}/s",
            "of the relay", "MiB", "what it does"]
    rows = []
    order = sorted(result["saturation"]["proxies"], key=lambda n: result["saturation"]["proxies"][n]["cpu_us"]["median"])
    for name in order:
        f = result["saturation"]["proxies"][name]
        at_half = latency.get(name)
        tail = f"{at_half['p50']:.0f} / {at_half['p99']:.0f} / {at_half['p999']:.0f}" if at_half else "-"
        rows.append([peers[name].label, f"{f['cpu_us']['median']:.2f} ({f['cpu_us']['best']:.2f})", ratio(f, "of_haproxy"), ratio(f, "of_relay"),
                     f"{f['rps']['median']:,.0f}" + ("" if f["busy"] > 0.9 else " *"), calls_text(result["system_calls"].get(name, {})), tail,
                     f"{at_half['of_relay']['p50']:.2f} / {at_half['of_relay']['p99']:.2f}" if at_half and "of_relay" in at_half else "-",
                     f"{f['memory_bytes'] / 2**20:.1f}", peers[name].does])
    return markdown(head, rows)


def markdown(head, rows):
    widths = [max(len(r[i]) for r in [head, *rows]) for i in range(len(head))]
    last = len(head) - 1

    def line(cells):
        return "| " + " | ".join(c.ljust(w) if i in (0, last) else c.rjust(w) for i, (c, w) in enumerate(zip(cells, widths))) + " |"
    rule = "|" + "|".join("-" * (w + 1) + ("-" if i in (0, last) else ":") for i, w in enumerate(widths)) + "|"
    return "\n".join([line(head), rule, *map(line, rows)])


def notes(result):
    s = result["saturation"]
    moods = "" if s["quiet"] else "; the machine was never quiet, these are the rounds that were disturbed least"
    out = [f"{s['counted']} of {s['rounds']} rounds counted{moods}"]
    idle = [n for n, f in s["proxies"].items() if f["busy"] <= 0.9]
    if idle:
        out.append("* not saturated (its core was idle, or somebody else's, for over a tenth of the time): " + ", ".join(idle))
    if "junk" in result and "tollgate" in s["proxies"]:
        j = result["junk"]
        out.append(f"refusing junk (a wrong checksum): {j['rps']:,.0f}/s, {j['cpu_us']:.2f} µs each; "
                   f"{j['rate_of_serving']:.2f} times the rate of serving")
    return out
