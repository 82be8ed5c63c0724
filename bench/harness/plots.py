"""SVG by hand: two plots that a person would rather look at than read. Self-contained, readable on light and dark."""

import html
import math

INK, FAINT, GRID = "#334155", "#94a3b8", "#e2e8f0"
OURS, FLOOR, REFERENCE = "#0d9488", "#94a3b8", "#f59e0b"
OTHERS = ["#6366f1", "#ec4899", "#84cc16", "#0ea5e9", "#a855f7", "#ef4444", "#78716c"]
FONT = "font-family='Inter,Segoe UI,Helvetica,Arial,sans-serif'"


def colours(names):
    """Ours, the floor and the reference keep their colour from plot to plot."""
    fixed = {"tollgate": OURS, "relay": FLOOR, "haproxy": REFERENCE}
    rest = iter(OTHERS * 3)
    return {n: fixed.get(n) or next(rest) for n in names}


def text(x, y, what, size=13, fill=INK, anchor="start", weight=400):
    return f"<text x='{x:.1f}' y='{y:.1f}' font-size='{size}' fill='{fill}' text-anchor='{anchor}' font-weight='{weight}'>{html.escape(what)}</text>"


def line(x1, y1, x2, y2, stroke=GRID, width=1.0, dash=""):
    dashes = f" stroke-dasharray='{dash}'" if dash else ""
    return f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}' stroke='{stroke}' stroke-width='{width}'{dashes}/>"


def page(width, height, parts):
    return (f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' width='{width}' height='{height}' {FONT}>"
            f"<rect width='{width}' height='{height}' rx='14' fill='#ffffff'/>" + "".join(parts) + "</svg>\n")


def nice_step(top, wanted):
    raw = top / wanted
    scale = 10 ** math.floor(math.log10(raw))
    return next(m * scale for m in (1, 2, 5, 10) if m * scale >= raw)


def cpu_plot(result, peers):
    """A bar for each proxy: the median; a dot for each round, so that the spread is seen."""
    figures = result["saturation"]["proxies"]
    names = sorted(figures, key=lambda n: figures[n]["cpu_us"]["median"])
    colour = colours(figures)
    left, right, top, row = 300, 150, 86, 46
    width, height = 990, 86 + row * len(names) + 62
    limit = max(max(f["cpu_us"]["samples"]) for f in figures.values()) * 1.04
    scale = (width - left - right) / limit
    bottom = top + row * len(names)
    parts = [text(28, 38, "CPU time a request", 20, weight=650),
             text(28, 60, "microseconds on one core, saturated; bar: median, dots: rounds; "
                          f"{result['connections']} connections, {result['body']}-byte answers", 12.5, FAINT)]
    step = nice_step(limit, 6)
    for i in range(int(limit / step) + 1):
        x = left + i * step * scale
        parts += [line(x, top - 6, x, bottom), text(x, bottom + 18, f"{i * step:g}", 11.5, FAINT, "middle")]
    parts.append(text(left + (width - left - right) / 2, bottom + 40, "µs a request", 12, FAINT, "middle"))
    for i, name in enumerate(names):
        f, y = figures[name]["cpu_us"], top + i * row
        ours = name == "tollgate"
        parts.append(text(left - 14, y + 17, peers[name].label, 13.5, OURS if ours else INK, "end", 700 if ours else 500))
        parts.append(text(left - 14, y + 32, peers[name].does, 10.5, FAINT, "end"))
        parts.append(f"<rect x='{left}' y='{y + 6}' width='{f['median'] * scale:.1f}' height='26' rx='4' fill='{colour[name]}' "
                     f"fill-opacity='{0.95 if ours else 0.55}'/>")
        parts += [f"<circle cx='{left + s * scale:.1f}' cy='{y + 19}' r='2.6' fill='{INK}' fill-opacity='0.5'/>" for s in f["samples"]]
        label = f"{f['median']:.1f}" + (f"   ×{figures[name]['of_haproxy']['median']:.2f}" if "of_haproxy" in figures[name] else "")
        parts.append(text(left + max(f["samples"]) * scale + 10, y + 24, label, 13, INK, weight=650 if ours else 500))
    if "haproxy" in figures:
        parts.append(text(width - 24, 60, "× of HAProxy's HTTP mode, same round", 11.5, FAINT, "end"))
    return page(width, height, parts)


def percentile_points(histogram):
    """[(how rare, latency)]: 1 / (1 - share passed), on which percentiles are evenly apart when logarithmic."""
    total, seen, out = sum(c for _, c in histogram), 0, []
    for edge, count in histogram:
        seen += count
        out.append((total / max(total - seen, 0.5), edge))
    return out


def latency_plot(result, peers):
    """Percentiles to the right (each label ten times rarer), latency upwards, a panel for each rate."""
    rates = list(result["latency"])
    names = [n for n in result["saturation"]["proxies"] if n in result["latency"][rates[0]]]
    colour = colours(result["saturation"]["proxies"])
    panel, height, left, top, bottom = max(400, 840 // len(rates)), 460, 66, 118, 410
    width = left + panel * len(rates) + 24
    low, high = bounds_of(result["latency"])
    decades = math.log10(high / low)
    rarest = 4  # 99.99 %

    def y_of(us):
        return bottom - (math.log10(max(us, low) / low) / decades) * (bottom - top)
    parts = [text(28, 38, "Latency, open loop", 20, weight=650),
             text(28, 60, "measured from the time a request was due; both axes logarithmic", 12.5, FAINT)]
    x = 28.0
    for name in names:
        parts += [line(x, 84, x + 18, 84, colour[name], 4), text(x + 24, 88, peers[name].label, 12, INK, weight=700 if name == "tollgate" else 400)]
        x += 46 + 6.6 * len(peers[name].label)
    width = max(width, int(x))
    for p, rate in enumerate(rates):
        x0, span = left + p * panel, panel - 34
        parts.append(text(x0 + span / 2, bottom + 44, f"{int(rate):,} requests a second", 13, INK, "middle", 600))
        for us in ticks(low, high):
            parts.append(line(x0, y_of(us), x0 + span, y_of(us)))
            if p == 0:
                parts.append(text(x0 - 8, y_of(us) + 4, f"{us:g} µs" if us < 1000 else f"{us / 1000:g} ms", 11, FAINT, "end"))
        for i, label in enumerate(("0 %", "90 %", "99 %", "99.9 %", "99.99 %")):
            at = x0 + span * i / rarest
            parts += [line(at, top, at, bottom, dash="2 4"), text(at, bottom + 20, label, 11, FAINT, "middle")]
        for name in sorted(names, key=lambda n: n == "tollgate"):
            points = [(math.log10(r), us) for r, us in percentile_points(result["latency"][rate][name]["histogram_us"])]
            path = " ".join(f"{x0 + span * r / rarest:.1f},{y_of(us):.1f}" for r, us in thinned(points) if r <= rarest)
            pen = 3 if name == "tollgate" else 1.8
            parts.append(f"<polyline points='{path}' fill='none' stroke='{colour[name]}' stroke-width='{pen}' stroke-linejoin='round'/>")
    return page(width, height + 20, parts)


def thinned(points, step=0.01):
    """Points closer than a pixel help nobody."""
    out = []
    for r, us in points:
        if not out or r - out[-1][0] >= step:
            out.append((r, us))
    return out


def bounds_of(latency):
    values = [us for by_name in latency.values() for f in by_name.values() for r, us in percentile_points(f["histogram_us"]) if 1.05 < r <= 1e4]
    return 0.8 * min(values), 1.25 * max(values)


def ticks(low, high):
    return [m * 10 ** e for e in range(0, 8) for m in (1, 2, 5) if low <= m * 10 ** e <= high]


def growth_plot(result):
    """A panel for each thing that grows: CPU a request in units of the relay's, beside the smallest size; the band is ± 15 %."""
    panels = [(what, rows) for what, rows in result["growth"].items() if rows]
    panel, left, top, bottom, height = 300, 60, 100, 330, 400
    parts = [text(28, 38, "What growth costs", 20, weight=650),
             text(28, 60, "CPU time a request of the relay's in the same round; medians; band: 15 % around the smallest size", 12.5, FAINT)]
    limit = 1.25 * max(r["of_relay"]["median"] for _, rows in panels for r in rows)

    def y_of(ratio):
        return bottom - ratio / limit * (bottom - top)
    for p, (what, rows) in enumerate(panels):
        x0, span = left + p * (panel + 30), panel - 40
        first = rows[0]["of_relay"]["median"]
        parts.append(f"<rect x='{x0}' y='{y_of(first * 1.15):.1f}' width='{span}' height='{y_of(first * 0.85) - y_of(first * 1.15):.1f}' "
                     f"fill='{OURS}' fill-opacity='0.10'/>")
        step = nice_step(limit, 5)
        for i in range(int(limit / step) + 1):
            parts.append(line(x0, y_of(i * step), x0 + span, y_of(i * step)))
            if p == 0:
                parts.append(text(x0 - 8, y_of(i * step) + 4, f"{i * step:g}", 11, FAINT, "end"))
        points = [(x0 + span * (i + 0.5) / len(rows), y_of(r["of_relay"]["median"])) for i, r in enumerate(rows)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f"<polyline points='{path}' fill='none' stroke='{OURS}' stroke-width='2.5'/>")
        for (x, y), r in zip(points, rows):
            parts.append(f"<circle cx='{x:.1f}' cy='{y:.1f}' r='4' fill='{OURS}'/>")
            parts.append(text(x, y - 10, f"{r['of_relay']['median']:.2f}", 12, INK, "middle", 600))
            parts.append(text(x, bottom + 18, f"{r['size']:,}", 11.5, FAINT, "middle"))
        parts.append(text(x0 + span / 2, bottom + 42, what, 13, INK, "middle", 600))
    return page(left + len(panels) * (panel + 30), height, parts)
