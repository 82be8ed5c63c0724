"""What more of something costs: idle connections, tokens in use or in the store, routes, threads.

Each size is paired with the relay, round by round.
"""

import json
import statistics
import subprocess
import time

from . import gateway, machine, rounds
from .report import markdown
from .servers import Failed, prepare

CONNECTIONS = (0, 1_000, 5_000, 19_000)
TOKENS = (1_000, 10_000, 100_000)
ROUTES = (10, 100, 1_000)
THREADS = (1, 2, 4)
SCOPES = ["invoices:read", "customers:read"]


class Held:
    """Idle keep-alive connections of a program of their own, for as long as the block lasts; `alive` afterwards."""

    def __init__(self, bench, name, count):
        self.bench, self.name, self.count, self.process, self.alive = bench, name, count, None, count

    def __enter__(self):
        if self.count == 0:
            return self
        with open(self.bench.path("tokens"), encoding="ascii") as tokens:
            token = tokens.readline().strip()
        server = self.bench.running[self.name]
        command = [self.bench.tool("idle"), "--connect", f"127.0.0.1:{server.port}", "--connections", str(self.count),
                   "--target", rounds.TARGETS[0], "--header", f"Authorization: Bearer {token}"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
                                        preexec_fn=lambda: prepare(self.bench.load_core))
        line = self.process.stdout.readline()
        if not line or json.loads(line)["held"] != self.count:
            raise Failed(f"{self.count} idle connections could not be opened: {self.process.stderr.read().decode()}")
        return self

    def __exit__(self, kind, *_):
        if self.process is None:
            return
        said, _ = self.process.communicate(timeout=120)
        if kind is None:
            self.alive = json.loads(said)["alive"]


def pairs(bench, name, count, seconds, **how):
    """CPU a request of `name` in units of the relay's, from `count` rounds: relay, proxy, relay."""
    taken = []
    for _ in range(count):
        before = rounds.calm_sample(bench, "relay", seconds)
        ours = rounds.calm_sample(bench, name, seconds, **how)
        after = rounds.calm_sample(bench, "relay", seconds)
        taken.append(ours["cpu_us"] / statistics.mean((before["cpu_us"], after["cpu_us"])))
    return rounds.spread(taken)


def with_connections(bench, options, say):
    rows, nothing = [], None
    for count in CONNECTIONS:
        bench.load("tollgate", requests=2000)
        before = machine.memory_bytes(bench.running["tollgate"].session)
        with Held(bench, "tollgate", count) as held:
            memory = machine.memory_bytes(bench.running["tollgate"].session)
            ratio = pairs(bench, "tollgate", options.rounds, options.seconds)
        if held.alive != count:
            raise Failed(f"of {count} idle connections {held.alive} were alive at the end: what was measured is not what they cost")
        nothing = before if nothing is None else nothing
        rows.append({"size": count, "of_relay": ratio, "bytes_each": (memory - nothing) / count if count else 0, "alive": held.alive})
        say(f"{count} idle connections: {ratio['median']:.2f} of the relay, {rows[-1]['bytes_each']:.0f} bytes each, {held.alive} alive at the end")
    return rows


def with_tokens(bench, options, say):
    rows, made = [], []
    server = bench.running["tollgate"]
    for count in TOKENS:
        made += gateway.make_tokens(server, count - len(made))
        file = bench.write(f"tokens-{count}", "\n".join(made) + "\n")
        bench.load("tollgate", requests=2 * count, tokens=file)  # each has been met
        ratio = pairs(bench, "tollgate", options.rounds, options.seconds, tokens=file)
        rows.append({"size": count, "of_relay": ratio, "memory_bytes": machine.memory_bytes(server.session)})
        say(f"{count} tokens in use: {ratio['median']:.2f} of the relay")
    return rows


def with_stored(bench, options, say):
    """With the tokens in use that with_tokens() left."""
    rows, stored = [], 0
    server, file = bench.running["tollgate"], bench.path(f"tokens-{TOKENS[-1]}")
    for count in sorted({0, options.stored // 10, options.stored}):
        began = time.monotonic()
        gateway.store_tokens(bench, server, stored, count)
        seconds, stored = time.monotonic() - began, count
        machine.wait_idle(server.session)
        ratio = pairs(bench, "tollgate", options.rounds, options.seconds, tokens=file)
        rows.append({"size": count, "of_relay": ratio, "memory_bytes": machine.memory_bytes(server.session), "import_seconds": seconds})
        say(f"{count} more tokens stored: {ratio['median']:.2f} of the relay")
    return rows


def of_its_own(bench, options, name, **how):
    """A gateway that is started another way, with a thousand tokens of its own."""
    server = bench.running[name] = gateway.start(bench, name, **how)
    file = bench.write(f"tokens-{name}", "\n".join(gateway.make_tokens(server, 1000)) + "\n")
    bench.load(name, requests=5000, tokens=file)
    ratio = pairs(bench, name, options.rounds, options.seconds, tokens=file)
    memory = machine.memory_bytes(server.session)
    server.stop()
    del bench.running[name]
    return {"of_relay": ratio, "memory_bytes": memory}


def with_threads(bench, options, say):
    """All on the proxies' one processor: what threads cost each other, not what more processors bring."""
    rows = []
    for count in THREADS:
        rows.append({"size": count} | of_its_own(bench, options, f"tollgate-{count}-threads", threads=count))
        say(f"{count} threads: {rows[-1]['of_relay']['median']:.2f} of the relay")
    return rows


def document(count):
    """The benchmark's own API among other routes of the same shapes, `count` in all."""
    with open(gateway.CONF / "openapi.yaml", encoding="utf-8") as file:
        text = file.read()
    security = 'security: [ { bearer: [ "payments:read" ] } ]'
    for i in range(max(0, count - 10) // 2):
        text += f"  /v1/area{i % 50}/things{i}:\n    get: {{ {security}, responses: {{ \"200\": {{ description: ok }} }} }}\n"
        text += f"  /v1/area{i % 50}/things{i}/{{id}}:\n    get: {{ {security}, responses: {{ \"200\": {{ description: ok }} }} }}\n"
    return text


def with_routes(bench, options, say):
    rows = []
    for count in ROUTES:
        name = f"tollgate-{count}-routes"
        rows.append({"size": count} | of_its_own(bench, options, name, openapi=bench.write(f"openapi-{count}.yaml", document(count))))
        say(f"{count} routes: {rows[-1]['of_relay']['median']:.2f} of the relay")
    return rows


def measure(bench, options, say):
    return {"growth": {"idle connections": with_connections(bench, options, say), "tokens in use": with_tokens(bench, options, say),
                       "tokens stored beside them": with_stored(bench, options, say), "routes": with_routes(bench, options, say),
                       "threads on one processor": with_threads(bench, options, say)}}


def table(result):
    rows = []
    for what, sizes in result["growth"].items():
        first = sizes[0]["of_relay"]["median"]
        for r in sizes:
            more = f"{r['bytes_each']:,.0f} bytes each, {r['alive']:,} of them alive at the end" if r.get("bytes_each") else ""
            rows.append([what, f"{r['size']:,}", f"{r['of_relay']['median']:.2f}", f"{r['of_relay']['median'] / first:.2f}", more])
    return markdown(["what grows", "to", "CPU of the relay's", "of the smallest", ""], rows)
