"""Bodies of 100 MiB, down and up, beside the relay: bytes a second, CPU a GiB, and what memory they took."""

import json
import statistics
import subprocess

from . import gateway, machine, peers
from .report import markdown
from .servers import Failed, prepare

SIZE = 100 << 20
CONNECTIONS, REQUESTS = 2, 8
WAYS = {"down": (SIZE, ["--target", "/v1/invoices/in_1042", "--expect-body", str(SIZE)]),
        "up": (1024, ["--method", "POST", "--target", "/v1/invoices", "--body", str(SIZE), "--expect-body", "1024"])}


def sample(bench, server, way, tokens):
    command = [bench.tool("load"), "--connect", f"127.0.0.1:{server.port}", "--connections", str(CONNECTIONS), "--requests", str(REQUESTS),
               "--warmup", "0", "--tokens", tokens, *WAYS[way][1]]
    for pid in machine.processes_of(server.session):
        command += ["--watch", str(pid)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, start_new_session=True,
                          preexec_fn=lambda: prepare(bench.load_core))
    if done.returncode != 0:
        raise Failed(f"{server.name}, bodies {way}: {done.stdout[:300]} {done.stderr[:300]}")
    seen = json.loads(done.stdout)
    moved = seen["all_requests"] * SIZE
    return {"mib_s": moved / (1 << 20) / seen["total_seconds"], "cpu_s_gib": seen["cpu_seconds"] * (1 << 30) / moved}


def one_way(bench, options, way, say):
    bench.origin = bench.launch(f"origin-{way}", [bench.tool("origin"), "--body", str(WAYS[way][0])], bench.load_core).announced_port()
    ours, relay = gateway.start(bench, f"tollgate-{way}"), peers.start_relay(bench)
    file = bench.write(f"tokens-{way}", "\n".join(gateway.make_tokens(ours, 4, scopes=["invoices:read", "invoices:write"])) + "\n")
    before, taken = machine.memory_bytes(ours.session), []
    for number in range(options.rounds):
        first, mine, last = (sample(bench, s, way, file) for s in (relay, ours, relay))
        both = {key: (first[key] + last[key]) / 2 for key in first}
        taken.append({"tollgate": mine, "relay": both})
        say(f"{way} {number + 1}: {mine['mib_s']:.0f} MiB/s beside the relay's {both['mib_s']:.0f}")
    grown = machine.memory_bytes(ours.session) - before
    for server in (ours, relay, bench.origin):
        server.stop()
    return {name: {key: statistics.median(t[name][key] for t in taken) for key in ("mib_s", "cpu_s_gib")} for name in ("tollgate", "relay")} | {
        "of_relay": {key: statistics.median(t["tollgate"][key] / t["relay"][key] for t in taken) for key in ("mib_s", "cpu_s_gib")},
        "memory_grown_bytes": grown}


def measure(bench, options, say):
    return {"large": {way: one_way(bench, options, way, say) for way in WAYS}}


def table(result):
    rows = []
    for way, r in result["large"].items():
        ours, relay, of = r["tollgate"], r["relay"], r["of_relay"]
        rows.append([f"100 MiB {way}", f"{ours['mib_s']:,.0f}", f"{relay['mib_s']:,.0f}", f"{of['mib_s']:.2f}", f"{of['cpu_s_gib']:.2f}",
                     f"{r['memory_grown_bytes'] / (1 << 20):.1f} MiB"])
    return markdown(["bodies", "MiB/s", "the relay's", "of the relay's", "CPU of the relay's", "memory grew by"], rows)
