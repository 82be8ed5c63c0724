"""A million tokens: imported, broken off and resumed, listed by every filter."""

import hashlib
import json
import signal
import statistics
import subprocess
import time

from .site import Failed, Site, UnixConnection, shipped

APIS = shipped("partner")
WORDS = ["Till", "Books", "Report", "Sync", "Billing", "Quoting", "Export", "Ledger", "Audit", "Mobile"]
SCOPES = ["invoices:read", "invoices:write", "payments:read", "customers:read", "refunds:write", "payouts:read"]
PAGE_MS = 10
READINGS = 3  # of a page: its median is the page's own time, whatever else the machine does


def line(i):
    record = {"api": "partner", "name": f"{WORDS[i % 10]} {WORDS[i // 10 % 10].lower()} {i}", "tenant": f"tenant-{i % 1000}",
              "owner": f"owner-{i % 20000}", "scopes": [SCOPES[i % 6], SCOPES[(i + 1) % 6]], "created_at": f"2026-0{1 + i % 8}-1{i % 10}T10:00:00Z",
              "generations": [{"number": 1, "digest": hashlib.sha256(b"%d" % i).hexdigest(), "hint": "pk_…abcd"}]}
    if i % 4 == 0:
        record["expires_at"] = f"2099-{1 + i % 12:02}-{1 + i % 28:02}T00:00:00Z"
    if i % 50 == 7:
        record["state"] = "disabled"
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False) + "\n"


FILTERS = {
    "none": "", "api": "api=partner", "state, many": "api=partner&state=active", "state, few": "api=partner&state=disabled",
    "tenant": "api=partner&tenant=tenant-7", "owner": "api=partner&owner=owner-77", "scope": "api=partner&scope=payouts:read",
    "q, a word of a tenth": "api=partner&q=ledger", "q, its beginning": "api=partner&q=l", "q, one token": "api=partner&q=77777",
    "expires_before": "api=partner&expires_before=2099-06-01T00:00:00Z", "unused_for": "api=partner&unused_for=ever",
    "tenant and scope": "api=partner&tenant=tenant-7&scope=payouts:read", "scope, of few": "api=partner&scope=payouts:read&state=disabled",
    "nothing fits": "api=partner&tenant=tenant-7&owner=owner-8"}


def import_file(site, file, kill_after=None):
    """Seconds, and what the command said; the gateway's processor time beside."""
    began, cpu = time.monotonic(), site.cpu_ns()
    command = subprocess.Popen([site.binary, "import", "--json", "--socket", site.socket, str(file)], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    if kill_after is not None:
        try:
            command.wait(kill_after)
        except subprocess.TimeoutExpired:
            site.end(signal.SIGKILL)
    out, err = command.communicate()
    if kill_after is not None:
        return err
    return time.monotonic() - began, (site.cpu_ns() - cpu) / 1e9, json.loads(out or "{}"), err


def settle(site):
    """Waits until the gateway has nothing left to do: what an import wrote is being compacted for some seconds."""
    before = site.cpu_ns()
    while True:
        time.sleep(1)
        now = site.cpu_ns()
        if now - before < 50_000_000:
            return
        before = now


def pages(site, query, most=40, times=1):
    """Milliseconds of each page, `times` readings of it; the ids; whether the pages came to their end."""
    connection, cursor, taken, ids = UnixConnection(site.socket), "", [], []
    for _ in range(most):
        readings = []
        for _ in range(times):
            began = time.monotonic()
            status, text, _ = site.manage_raw("GET", f"/api-tokens?{query}&limit=100" + (f"&cursor={cursor}" if cursor else ""),
                                              connection=connection)
            readings.append((time.monotonic() - began) * 1000)
            if status != 200:
                raise Failed(f"{query}: {status} {text}")
        page = json.loads(text)
        taken.append(readings)
        ids += [r["id"] for r in page["data"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    connection.close()
    return taken, ids, not cursor


def measure(options, say):
    count, rows = options.tokens, []
    with Site(options.binary, APIS) as site:
        file = site.directory / "tokens.ndjson"
        with open(file, "w", encoding="utf-8") as out:
            out.writelines(line(i) for i in range(count))
        say(f"{count} lines, {file.stat().st_size >> 20} MiB")
        if options.interrupt:
            err = import_file(site, file, kill_after=options.interrupt)
            say(f"the gateway was killed after {options.interrupt} s: {err.strip().splitlines()[-1][:120]}")
            site.start()
        seconds, cpu, answer, err = import_file(site, file)
        if answer.get("imported", 0) + answer.get("unchanged", 0) != count or answer.get("refused") != 0:
            raise Failed(f"the import says {answer}: {err[-300:]}")
        rows.append(["import", "resumed" if options.interrupt else f"{answer['imported'] / seconds:,.0f} tokens/s",
                     f"{cpu / count * 1e6:.1f} µs of processor time a token", "", ""])
        say(" ".join(rows[-1]))
        _, ids, whole = pages(site, "api=partner", most=count)  # one that took long is a short one
        if not whole or len(ids) != count or len(set(ids)) != count:
            raise Failed(f"{len(set(ids))} different tokens of {count} are listed")
        settle(site)
        slow = []
        for name, query in FILTERS.items():
            taken, found, whole = pages(site, query, times=READINGS)
            ms = [statistics.median(readings) for readings in taken]
            first = max(readings[0] for readings in taken)
            rows.append([name, f"{statistics.median(ms):.1f} ms", f"{max(ms):.1f} ms", f"{first:.1f} ms",
                         f"{len(ms)} pages, {len(found)} tokens" + ("" if whole else " and more")])
            say("  ".join(rows[-1]))
            slow += [name] if max(ms) > PAGE_MS else []
    head = ["filter", "page, median", f"slowest page (median of {READINGS} readings)", "slowest first reading", ""]
    return {"title": f"{count:,} tokens", "head": head, "rows": rows, "holds": not slow,
            "says": f"over {PAGE_MS} ms: {', '.join(slow)}" if slow else f"every page of every filter under {PAGE_MS} ms"}
