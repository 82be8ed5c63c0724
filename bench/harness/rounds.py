"""The measuring: interleaved rounds, one sample a proxy and round, with what disturbed it."""

import hashlib
import json
import os
import random
import re
import shutil
import signal
import statistics
import string
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from . import gateway, machine, peers
from .servers import Failed, Server, prepare, tail

TARGETS = ["/v1/invoices/in_1042", "/v1/invoices", "/v1/customers/cus_77", "/v1/invoices/in_9/lines"]

# A round is thrown away when its two relay samples differ by more than this: the machine changed while it ran.
RELAY_DRIFT = 0.10
# A sample during which the hypervisor took more than this of a core, or others ran on the proxy's core for longer, is taken again, this many
# times in all; the least disturbed one stands, and where that is disturbed still its round is thrown away.
STEAL_SHARE = 0.03
FOREIGN_SHARE = 0.10
TRIES = 4


class Bench:
    """Everything that a run has started, and where its files are. A context manager: leaving it ends all of it."""

    def __init__(self, options, tools):
        self.options, self.tools = options, tools
        self.proxy_core, self.load_core = options.proxy_core, options.load_core
        self.servers, self.running, self.origin, self.auth = [], {}, None, None
        parent = "/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir()
        remove_orphans(parent)
        self.directory = tempfile.mkdtemp(prefix=f"tollgate-bench-{os.getpid()}-", dir=parent)
        os.chmod(self.directory, 0o755)  # nginx's worker gives up root and still reads here

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for server in reversed(self.servers):
            server.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.directory, name)

    def log_file(self, name):
        return self.path(f"{name}.access.log")

    def write(self, name, text):
        Path(self.path(name)).write_text(text, encoding="utf-8")
        return self.path(name)

    def tool(self, name):
        return str(self.tools[name])

    def launch(self, name, command, core=None, **how):
        """Starts a program on the proxies' core, or `core`; from here on it is ended with the rest."""
        server = Server(name, command, self.proxy_core if core is None else core, self.path(f"{name}.err"), **how)
        self.servers.append(server)
        return server

    def start(self, chosen):
        """Origin, tokens, then every proxy. Tollgate comes first, since the tokens are its own."""
        machine.touch_memory(self.directory)
        self.origin = self.launch("origin", [self.tool("origin"), "--body", str(self.options.body)], self.load_core).announced_port()
        if any(p.name == "nginx-auth" for p in chosen):
            self.auth = self.launch("auth", [self.tool("origin"), "--body", "0"], self.load_core).announced_port()
        tokens = None
        for peer in sorted(chosen, key=lambda p: p.name != "tollgate"):
            if tokens is None and peer.name != "tollgate":
                tokens = self.write_tokens(made_up_tokens(self.options.tokens))
            self.running[peer.name] = peer.start(self)
            if peer.name == "tollgate":
                tokens = self.write_tokens(gateway.make_tokens(self.running["tollgate"], self.options.tokens))

    def write_tokens(self, tokens):
        self.write("tokens", "\n".join(tokens) + "\n")
        self.write("junk", "\n".join(spoiled(t) for t in tokens) + "\n")
        known = tokens + made_up_tokens(max(0, 100_000 - len(tokens)))
        digests = [hashlib.sha256(t.encode()).hexdigest() for t in known]
        self.write("digests.txt", "\n".join(digests[:len(tokens)]) + "\n")
        self.write("tokens.map", "".join(f"{t} 1\n" for t in known))
        self.write("digests.map", "".join(f"{d.upper()} 1\n" for d in digests))
        return tokens

    def load(self, name, seconds=None, rate=0, requests=0, junk=False, histogram=False, warmup=0.2, tokens=None):
        """Runs the load generator against a proxy and answers what it printed. `tokens`: a file, where not the run's own."""
        server = self.running[name]
        command = [self.tool("load"), "--connect", f"127.0.0.1:{server.port}", "--connections", str(self.options.connections),
                   "--tokens", tokens or self.path("junk" if junk else "tokens"), "--warmup", str(warmup)]
        command += ["--seconds", str(seconds)] if seconds else ["--requests", str(requests)]
        command += ["--expect-status", "401"] if junk else ["--expect-body", str(self.options.body)]
        command += ["--rate", str(rate)] if rate else []
        command += ["--histogram", "1"] if histogram else []
        for pid in machine.processes_of(server.session):
            command += ["--watch", str(pid)]
        for target in TARGETS:
            command += ["--target", target]
        for _ in range(3):
            done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, start_new_session=True,
                                  preexec_fn=lambda: prepare(self.load_core))
            if done.returncode >= 0:
                break
            print(f"bench: somebody ended the load generator with signal {-done.returncode}; once more", file=sys.stderr)
        if not server.alive():
            raise Failed(f"{name} died: {tail(server.log)}")
        if done.returncode != 0:
            raise Failed(f"{name} answered wrongly (load ended with {done.returncode}): {done.stdout[:400]} {done.stderr[:400]}")
        return json.loads(done.stdout)


def remove_orphans(parent):
    """Directories of runs that were killed outright."""
    for left in Path(parent).glob("tollgate-bench-*-*"):
        if not os.path.exists(f"/proc/{left.name.split('-')[2]}"):
            shutil.rmtree(left, ignore_errors=True)


def made_up_tokens(count):
    letters, source = string.ascii_letters + string.digits, random.Random(1)
    return ["bench_" + "".join(source.choices(letters, k=49)) for _ in range(count)]


def spoiled(token):
    """The same token with another last letter: its checksum is wrong."""
    return token[:-1] + ("a" if token[-1] != "a" else "b")


def sample(bench, name, seconds, **how):
    """One measurement: what the load generator saw, the proxy's CPU time among it, and what else happened meanwhile."""
    server = bench.running[name]
    before = (time.monotonic(), machine.cpu_seconds(server.session), machine.core_seconds(bench.proxy_core), machine.core_seconds(bench.load_core))
    seen = bench.load(name, seconds, **how)
    after = (time.monotonic(), machine.cpu_seconds(server.session), machine.core_seconds(bench.proxy_core), machine.core_seconds(bench.load_core))
    wall, cpu = after[0] - before[0], after[1] - before[1]
    seen["busy"] = seen["cpu_seconds"] / seen["seconds"]
    seen["foreign"] = max(0.0, (after[2][0] - before[2][0] - cpu) / wall)
    seen["steal"] = max(after[2][1] - before[2][1], after[3][1] - before[3][1]) / wall
    seen["memory_bytes"] = machine.memory_bytes(server.session)
    forget_log(bench, name)
    return seen


def forget_log(bench, name):
    """Access logs are on tmpfs, written in full and emptied after each sample."""
    try:
        os.truncate(bench.log_file(name), 0)
    except FileNotFoundError:
        pass


def disturbed(one):
    if one["steal"] > STEAL_SHARE:
        return f"{one['steal']:.0%} stolen by the hypervisor"
    if one["foreign"] > FOREIGN_SHARE:
        return f"others used {one['foreign']:.0%} of the proxy's core"
    return ""


def disturbance(one):
    return max(one["steal"] / STEAL_SHARE, one["foreign"] / FOREIGN_SHARE)


def calm_sample(bench, name, seconds, **how):
    tried = []
    for _ in range(TRIES):
        tried.append(sample(bench, name, seconds, **how))
        if not disturbed(tried[-1]):
            return tried[-1]
    return min(tried, key=disturbance)


def one_round(bench, names, number, seconds, say):
    """Relay, every proxy once in rotated order, relay. Answers {name: sample}, `relay` being both as a list."""
    others = [n for n in names if n != "relay"]
    turn = number % max(1, len(others))
    first = calm_sample(bench, "relay", seconds)
    taken = {name: calm_sample(bench, name, seconds) for name in others[turn:] + others[:turn]}
    last = calm_sample(bench, "relay", seconds)
    drift = abs(first["cpu_us"] - last["cpu_us"]) / min(first["cpu_us"], last["cpu_us"])
    reasons = [f"relay drifted by {drift:.0%}"] if drift > RELAY_DRIFT else []
    reasons += [f"{name}: {why}" for name, one in (("relay", first), ("relay", last), *taken.items()) if (why := disturbed(one))]
    say(f"round {number + 1}: relay {first['cpu_us']:.2f} {last['cpu_us']:.2f}; " +
        ", ".join(f"{n} {taken[n]['cpu_us']:.2f}" for n in others) + " µs" + (f"  ({'; '.join(reasons)})" if reasons else ""))
    return {"relay": [first, last], "proxies": taken, "disturbed": reasons}


def saturation(bench, names, rounds, seconds, say):
    """Rounds until `rounds` of them were quiet, at most half as many again. All are kept; see `usable`."""
    kept = []
    for number in range(rounds + rounds // 2):
        kept.append(one_round(bench, names, number, seconds, say))
        if sum(not r["disturbed"] for r in kept) >= rounds:
            break
    return kept


def usable(rounds, wanted):
    """(rounds to count, whether they are quiet). On a machine that is never quiet: the half that was disturbed least, and it is said."""
    quiet = [r for r in rounds if not r["disturbed"]]
    if len(quiet) >= max(1, wanted // 2):
        return quiet, True

    def unrest(r):
        a, b = (one["cpu_us"] for one in r["relay"])
        return max((max(a, b) / min(a, b) - 1) / RELAY_DRIFT, *(disturbance(one) for one in (*r["relay"], *r["proxies"].values())))
    return sorted(rounds, key=unrest)[:max(1, (len(rounds) + 1) // 2)], False


def open_loop(bench, names, rates, rounds, seconds, say):
    """Latency at fixed rates, in turn: {rate: {name: [sample, ...]}}."""
    out = {rate: {name: [] for name in names} for rate in rates}
    for number in range(rounds):
        for rate in rates:
            for name in names[number % len(names):] + names[:number % len(names)]:
                out[rate][name].append(calm_sample(bench, name, seconds, rate=rate, histogram=True))
            latest = {name: out[rate][name][-1]["latency_us"] for name in names}
            say(f"latency at {rate}/s: " + ", ".join(f"{n} p50 {us['p50']:.0f} p99 {us['p99']:.0f}" for n, us in latest.items()) + " µs")
    return out


def system_calls(bench, name):
    """Calls a request at saturation, by strace: {call: count a request}, or {} where strace is missing. Slow, so not timed."""
    if not shutil.which("strace"):
        return {}
    report = bench.path(f"{name}.strace")
    command = ["strace", "-c", "-f", "-o", report]
    for pid in machine.processes_of(bench.running[name].session):
        command += ["-p", str(pid)]
    tracer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=lambda: prepare(bench.load_core))
    try:
        tracer.stderr.readline()  # "strace: Process N attached"
        time.sleep(0.3)
        seen = bench.load(name, requests=8000, warmup=0)
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait(20)
        tracer.stderr.close()
    forget_log(bench, name)
    rows = re.findall(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", Path(report).read_text(encoding="utf-8"), re.M)
    return {call: int(count) / seen["all_requests"] for count, call in rows if call != "total"}


def spread(values):
    return {"median": statistics.median(values), "best": min(values), "worst": max(values), "samples": list(values)}
