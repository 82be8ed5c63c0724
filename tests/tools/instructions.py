#!/usr/bin/env python3
"""Counts the instructions that the gateway's own thread spends on a request, by callgrind, and compares them with what is kept.

    tests/tools/instructions.py --build build-dev            the gate: ends with 1 when a figure has grown by more than the tolerance
    tests/tools/instructions.py --build build-dev --update   keeps what it finds

Instructions, not time: a busy machine does not change them. The kernel's are not in it. They depend on the compiler and its flags, so the figures
are kept for the `dev` preset, which the tests build anyway. Exit 77: valgrind is not there.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(TOP / "bench"))
sys.dont_write_bytecode = True

from harness import gateway, machine  # noqa: E402

KEPT = TOP / "bench" / "instructions.json"
TOLERANCE = 0.12  # libraries choose code by the processor: SHA-256 alone may cost 1,200 more where AVX2 is missing
REQUESTS = 2000
TARGETS = ["/v1/invoices/in_1042", "/v1/invoices", "/v1/customers/cus_77", "/v1/invoices/in_9/lines"]


class Wrong(Exception):
    pass


class Running:
    """Programs of one run, ended by their ids; a directory that goes with them."""

    def __init__(self):
        self.home = Path(tempfile.mkdtemp(prefix="tollgate-instructions-"))
        self.programs = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for p in reversed(self.programs):
            p.send_signal(signal.SIGTERM)
            try:
                p.wait(20)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()
        shutil.rmtree(self.home, ignore_errors=True)

    def start(self, command, out):
        file = open(self.home / out, "wb")  # noqa: SIM115: it lives as long as the program
        p = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT)
        self.programs.append(p)
        return p

    def said(self, name):
        return (self.home / name).read_text(errors="replace")


def until(what, seconds, why):
    """Polls for `what` to answer something true, and answers that."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    raise Wrong(why())


class Gateway:
    """The gateway under callgrind, which counts only between on() and off()."""

    def __init__(self, run, build, origin):
        self.run = run
        self.port, self.socket = machine.free_port(), str(run.home / "tollgate.sock")
        config = run.home / "tollgate.yaml"
        config.write_text(gateway.CONFIG.format(dir=run.home, port=self.port, management=machine.free_port(), origin=origin, conf=gateway.CONF,
                                                openapi=gateway.CONF / "openapi.yaml", log=run.home / "access.log", threads=1))
        program = run.home / "tollgate"  # without what valgrind 3.19 cannot read of clang-19's debug information
        subprocess.run(["llvm-objcopy-19", "--strip-debug", build / "tollgate", program], check=True)
        command = ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--separate-threads=yes", f"--callgrind-out-file={run.home}/cg",
                   program, "serve", "--config", config]
        self.program = run.start(command, "gateway.log")
        until(lambda: os.path.exists(self.socket) or self.program.poll() is not None, 120, lambda: "no socket: " + run.said("gateway.log")[-500:])
        if self.program.poll() is not None:
            raise Wrong("the gateway ended: " + run.said("gateway.log")[-800:])

    def tell(self, *words):
        done = subprocess.run(["callgrind_control", *words, str(self.program.pid)], capture_output=True, text=True, check=False, timeout=120)
        if done.returncode != 0:
            raise Wrong(f"callgrind_control {' '.join(words)}: {done.stdout}{done.stderr}")

    def count(self, load, requests):
        """Instructions a request of the busiest thread, while `load` sends `requests`."""
        before = set(self.run.home.glob("cg*"))
        self.tell("-i", "on")
        load(requests)
        self.tell("-i", "off")
        self.tell("-d")
        new = until(lambda: [f for f in self.run.home.glob("cg*") if f not in before], 30, lambda: "callgrind wrote nothing")
        sums = [int(n) for f in new for n in re.findall(r"^(?:summary|totals): (\d+)", f.read_text(errors="replace"), re.M)]
        if not sums or max(sums) == 0:
            raise Wrong("callgrind counted nothing")
        return round(max(sums) / requests)


def spoiled(token):
    """`token` with a wrong checksum."""
    return token[:-1] + ("a" if token[-1] != "a" else "b")


def measure(build):
    with Running() as run:
        origin = run.start([build / "bench" / "origin", "--body", "1024"], "origin.json")
        until(lambda: run.said("origin.json").strip() or origin.poll() is not None, 20, lambda: "the origin does not start")
        g = Gateway(run, build, json.loads(run.said("origin.json"))["port"])
        good = gateway.make_tokens(g, 64, callers=2)
        (run.home / "good").write_text("\n".join(good) + "\n")
        (run.home / "bad").write_text("\n".join(spoiled(t) for t in good) + "\n")

        def load(tokens, status):
            def send(requests):
                command = [build / "bench" / "load", "--connect", f"127.0.0.1:{g.port}", "--tokens", run.home / tokens, "--connections", "16",
                           "--warmup", "0", "--requests", requests, "--expect-status", status]
                for t in TARGETS:
                    command += ["--target", t]
                done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False, timeout=300)
                report = json.loads(done.stdout) if done.returncode == 0 else None
                if report is None or report["statuses"] != {str(status): report["all_requests"]}:
                    raise Wrong(f"the load went wrong: {done.stdout[-300:]}{done.stderr[-300:]}")
            return send

        found = {}
        for name, tokens, status in (("served", "good", 200), ("junk_refused", "bad", 401)):
            send = load(tokens, status)
            send(500)  # connections, caches, buffers
            found[name] = g.count(send, REQUESTS)
        return found


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--build", default="build-dev", help="directory of the build")
    p.add_argument("--update", action="store_true", help=f"keep what is found in {KEPT.relative_to(TOP)}")
    options = p.parse_args()
    if shutil.which("valgrind") is None:
        print("instructions: valgrind is not installed (tools/install-deps test)")
        return 77
    try:
        found = measure(Path(options.build).resolve())
    except Wrong as e:
        print(f"instructions: {e}", file=sys.stderr)
        return 1
    if options.update:
        KEPT.write_text(json.dumps(found, indent=2) + "\n")
    kept = json.loads(KEPT.read_text())
    grown = False
    for name, count in found.items():
        over = count > kept[name] * (1 + TOLERANCE)
        grown |= over
        print(f"{name}: {count} instructions a request, {kept[name]} are kept" + (": TOO MANY" if over else ""))
    if grown:
        print("Find what grew (callgrind_annotate), or keep the new figures with --update and say in the commit what they buy.", file=sys.stderr)
    return 1 if grown else 0


if __name__ == "__main__":
    sys.exit(main())
