"""What the kernel says about processes and processors: CPU time, memory, who else was running. Linux only."""

import os
import platform
import re
import socket
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def processes_of(session):
    """Pids of a server and its workers: everything in the session that it was started in."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            fields = read(f"/proc/{name}/stat").rpartition(")")[2].split()
            if len(fields) > 4 and int(fields[3]) == session:
                found.append(int(name))
    return found


def cpu_seconds(session):
    """CPU time of a server, in ticks: for telling its share of a processor from others'. Figures come from load/cpu_time.cpp."""
    total = 0
    for pid in processes_of(session):
        fields = read(f"/proc/{pid}/stat").rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12]) if len(fields) > 12 else 0
    return total / TICKS


def wait_idle(session, share=0.05):
    """Until a server used less than `share` of a processor for a second: what an import wrote is being compacted for a while."""
    before = cpu_seconds(session)
    while True:
        time.sleep(1)
        now = cpu_seconds(session)
        if now - before < share:
            return
        before = now


def touch_memory(directory, most=1 << 30):
    """Uses memory that this run will need, and gives it back. A hypervisor has to find each page that a guest touches for the first time: 10 us for
    4 KiB were seen, with which whoever writes a log pays for the machine's youth."""
    available = re.search(r"^MemAvailable:\s+(\d+) kB", read("/proc/meminfo"), re.M)
    wanted = min(most, int(available.group(1)) * 1024 // 4 if available else 0)
    path, block = os.path.join(directory, "touched"), bytes(1 << 20)
    try:
        with open(path, "wb") as file:
            for _ in range(wanted >> 20):
                file.write(block)
    except OSError:  # no room: as much as there is
        pass
    finally:
        if os.path.exists(path):
            os.unlink(path)


def memory_bytes(session):
    """Proportional set size of a server: shared pages are divided among those that share them."""
    total = 0
    for pid in processes_of(session):
        found = re.search(r"^Pss:\s+(\d+) kB", read(f"/proc/{pid}/smaps_rollup"), re.M)
        total += int(found.group(1)) * 1024 if found else 0
    return total


def core_seconds(core):
    """(busy, stolen) seconds of one processor since boot."""
    found = re.search(rf"^cpu{core} (.*)$", read("/proc/stat"), re.M)
    user, nice, system, _idle, _wait, irq, softirq, steal = (int(x) for x in found.group(1).split()[:8])
    return (user + nice + system + irq + softirq) / TICKS, steal / TICKS


def free_port():
    """A port of loopback that is free now, for servers that cannot be told to pick one themselves."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def first_line(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
        return (done.stdout or done.stderr).strip().splitlines()[0]
    except (OSError, IndexError, subprocess.TimeoutExpired):
        return ""


def facts(top):
    """What a reader needs to know to compare figures."""
    model = re.search(r"^model name\s*:\s*(.*)$", read("/proc/cpuinfo"), re.M)
    return {
        "date": time.strftime("%Y-%m-%d %H:%M:%S %z"),
        "processor": model.group(1) if model else platform.machine(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "system": (re.search(r'^PRETTY_NAME="?([^"\n]*)', read("/etc/os-release"), re.M) or [None, ""])[1],
        "load_average_before": read("/proc/loadavg").split()[:3],
        "commit": first_line("git", "-C", str(top), "describe", "--always", "--dirty"),
    }
