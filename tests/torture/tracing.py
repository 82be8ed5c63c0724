"""strace over a running gateway: which threads do an operation's work, and something that happens at the Nth system call of one of them."""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path

from claims.site import Failed

PATIENCE = 20
WRITES = "write,pwrite64,writev,pwritev,pwritev2"
SYNCS = "fdatasync,fsync"  # not sync_file_range: RocksDB asks by an empty one whether there is such a call, and asserts that it does not fail


class Untraceable(Failed):
    """No strace, or a system that lets nobody trace."""


def threads(pid):
    """[(tid, name)], oldest first: threads begin in the same order each time."""
    tids = sorted(int(t) for t in os.listdir(f"/proc/{pid}/task"))
    return [(t, Path(f"/proc/{pid}/task/{t}/comm").read_text().strip()) for t in tids]


def pid_lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Strace:
    """Attached to threads of a process, or to all of them. `rules`: arguments of strace's."""

    def __init__(self, pid, tids, rules):
        if shutil.which("strace") is None:
            raise Untraceable("strace is not there: tools/install-deps test")
        self.output = tempfile.NamedTemporaryFile(prefix="tollgate-strace-", suffix=".txt")
        which = [a for t in tids for a in ("-p", str(t))] if tids else ["-f", "-p", str(pid)]
        command = ["strace", "-o", self.output.name, *rules, *which]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        wanted, said = len(tids) or 1, []
        while sum(line.count(" attached") for line in said) < wanted:
            line = self.process.stderr.readline()
            if not line:
                if self.process.wait(PATIENCE) != 0 and pid_lives(pid):
                    raise Untraceable("strace cannot attach: " + "".join(said))
                raise Failed("the gateway has ended before strace was attached: " + "".join(said))
            said.append(line)

    def text(self):
        return Path(self.output.name).read_text(errors="replace")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stderr.close()
        self.output.close()


def roles(pid, operation):
    """{role: (indexes into threads(), system calls made)} of those that `operation` is done by: the loop that answers, and the pool of blocking
    threads, of which one commits."""
    with Strace(pid, [], ["-e", "signal=none"]) as trace:
        operation()
        time.sleep(0.1)  # strace writes what it has seen
        text = trace.text()
    order = [t for t, _ in threads(pid)]
    names = dict(threads(pid))
    calls = Counter(order.index(int(t)) for t in re.findall(r"^(\d+) +\w+\(", text, re.M) if int(t) in order)

    def who(call):
        return {order.index(int(t)) for t in re.findall(r"^(\d+) +" + call, text, re.M)}
    loop, commits = who("accept4?"), who("fdatasync")
    if len(loop) != 1 or len(commits) != 1:
        raise Failed(f"which threads did the work cannot be told: {text[:500]}")
    idle = {i for i, t in enumerate(order) if Path(f"/proc/{pid}/task/{t}/syscall").read_text().startswith("202 ") and names[t] == "tollgate"}
    found = {"loop": loop, "pool": (idle | commits) - loop - {0}}
    return {role: (who_does, max((calls[i] for i in who_does), default=0)) for role, who_does in found.items()}
