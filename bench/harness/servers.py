"""Starting and ending the programs of a run: each in a session of its own, pinned, ended by its own id."""

import ctypes
import json
import os
import signal
import socket
import subprocess
import time

PR_SET_PDEATHSIG = 1
PRIORITY = -20
libc = ctypes.CDLL(None)


class Failed(Exception):
    """A program did not do what the benchmark needs; the text says which and why."""


class Server:
    """One running program. `port` is where it takes requests; a program that is not told one announces it on stdout."""

    def __init__(self, name, command, core, log, port=None, env=None, stdout=None):
        self.name, self.port, self.log = name, port, log
        with open(log, "ab") as errors:
            try:
                self.process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=stdout or (errors if port else subprocess.PIPE), stderr=errors, env=env,
                    start_new_session=True, preexec_fn=lambda: prepare(core))
            except OSError as wrong:
                raise Failed(f"{name} cannot be started: {wrong}") from wrong
        self.session = self.process.pid

    def announced_port(self):
        """Our own programs print {"port":N} when they listen."""
        line = self.process.stdout.readline()
        if not line:
            raise Failed(f"{self.name} did not start: {tail(self.log)}")
        self.port = json.loads(line)["port"]
        return self

    def wait_listening(self, seconds=15):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                time.sleep(0.02)
        raise Failed(f"{self.name} does not listen: {tail(self.log)}")

    def alive(self):
        return self.process.poll() is None

    def stop(self):
        """Asks, waits, insists: the server, then whatever is left of its session."""
        for how, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
            try:
                os.killpg(self.session, how)
            except ProcessLookupError:
                break
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                continue
        if self.process.stdout:
            self.process.stdout.close()


def prepare(core):
    """Runs in the child, which leads a session of its own: pinned, ended by the kernel should the benchmark be killed outright,
    and ahead of whoever else is busy here, where we may (with autogroups the session's nice value counts, without the process's)."""
    os.sched_setaffinity(0, {core})
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    try:
        os.setpriority(os.PRIO_PROCESS, 0, PRIORITY)
        with open("/proc/self/autogroup", "w", encoding="ascii") as group:
            group.write(str(PRIORITY))
    except OSError:
        pass


def tail(path, lines=4):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return " | ".join(file.read().strip().splitlines()[-lines:]) or "it said nothing"
    except OSError:
        return "it said nothing"
