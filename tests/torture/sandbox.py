"""A service's whole life with what conf/systemd/tollgate.service permits and nothing else (confine.py), on the package's configuration as far as
that goes: start, TLS with a key from a credential, tokens, access tokens, passwords, reload, backup, upgrade, stop. Then once more under strace:
which system calls it makes, which of them are denied, and whether it knows how to do without.
"""

import http.client
import json
import os
import re
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path

from claims.kill import APIS, DOCUMENT
from claims.site import PATIENCE, Failed, UnixConnection, Upstream, request, shipped

from .callers import Callers
from .confine import USER_ID, permitted, settings
from .tls import certificates
from .tracing import Strace, Untraceable, pid_lives

TOP = Path(__file__).resolve().parent.parent.parent
UNIT = TOP / "conf" / "systemd" / "tollgate.service"
PASSWORD = "correct horse battery"

# What the service asks for in vain, and what it does instead.
DOES_WITHOUT = {
    "sched_setattr": "committers go like other threads (base/priority_boost.hpp; conf/systemd/commit-priority.conf permits it)",
    "setpriority": "password and look-up threads rest instead (base/give_way.hpp)",
    "clone3": "glibc takes clone",
    "socket(AF_NETLINK": "glibc takes every kind of address for usable",
}
# Of confine.py's probe: what must be refused, and by which error. The rest must be permitted.
REFUSED = {
    "write /etc/tollgate": "EROFS", "write /etc": "EROFS", "write /usr/bin": "EROFS", "write /usr/lib": "EROFS", "write /var/lib": "EROFS",
    "write /run": "EROFS", "write /": "EROFS", "write /home": "EACCES", "write /root": "EACCES",
    "write /run/credentials/tollgate.service": "EROFS", "read /proc/meminfo": "ENOENT", "see process 1": "ENOENT",
    "AF_NETLINK": "EAFNOSUPPORT", "AF_PACKET": "EAFNOSUPPORT", "lower the priority": "EPERM", "memory to write and run": "EPERM",
    "a namespace": "EPERM", "set the user id bit": "EPERM", "change an owner": "EPERM", "mount": "EPERM", "a host's name": "EPERM",
}


class Manager:
    """The other end of NOTIFY_SOCKET."""

    def __init__(self, path):
        self.messages, self.socket = [], socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        path.chmod(0o666)
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            try:
                self.messages.append(self.socket.recv(65536).decode())
            except OSError:
                return

    def hear(self, pattern, since=0, patience=PATIENCE):
        """The first message that has `pattern` in it, of those after the first `since`."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            for text in self.messages[since:]:
                if found := re.search(pattern, text, re.M):
                    return found
            time.sleep(0.02)
        raise Failed(f"the manager never heard {pattern}: {self.messages[-3:]}")


class Service:
    """Its directories, its processes one after the other. Ended with the `with` block."""

    def __init__(self, binary, upstream_port):
        self.directory = Path(tempfile.mkdtemp(prefix="tollgate-sandbox-"))
        self.directory.chmod(0o755)
        for name in ("etc", "lib", "run", "log", "credentials", "bin", "notify", "root"):
            (self.directory / name).mkdir(mode=0o755)
        for name in ("lib", "run", "log"):
            os.chown(self.directory / name, USER_ID, USER_ID)
            (self.directory / name).chmod(0o750)
        self.binary = binary
        self.place_binary()
        etc = self.directory / "etc"
        for name in ("contracts", "openapi"):
            shutil.copytree(TOP / "conf" / name, etc / name)
        (etc / "acme.yaml").write_text(DOCUMENT, encoding="utf-8")
        certificates(etc)
        (etc / "tls.key").rename(self.directory / "credentials" / "tls.key")
        (self.directory / "credentials" / "master.key").write_text(secrets.token_hex(32), encoding="ascii")
        self.config = etc / "tollgate.yaml"
        self.config.write_text(self.settings(upstream_port), encoding="utf-8")
        etc.chmod(0o755)
        self.socket = str(self.directory / "run" / "tollgate.sock")
        self.manager = Manager(self.directory / "notify" / "notify")
        self.process, self.main, self.said = None, None, ""

    def settings(self, upstream_port):
        """The package's configuration, with free ports, a TLS listener, an access log in a file and APIs."""
        text = (TOP / "conf/packaging/tollgate.yaml").read_text(encoding="utf-8")
        by_tls = '  - { address: 127.0.0.1, port: 0, tls: { certificates: [ { certificate: tls.pem, key: "credential:tls.key" } ] } }\n'
        changes = [("port: 8080, treat_as_secure: true }\n", "port: 0, treat_as_secure: true }\n" + by_tls), ("port: 8081", "port: 0"),
                   ("path: stdout", "path: /var/log/tollgate/access.log"),
                   ("apis: []\n", "apis:\n" + (APIS + shipped("partner")).replace("@UP@", f"localhost:{upstream_port}"))]
        for old, new in changes:
            if old not in text:
                raise Failed(f"conf/packaging/tollgate.yaml has no `{old.strip()}`: mend sandbox.py")
            text = text.replace(old, new, 1)
        return text

    def place_binary(self):
        """As dpkg does: under another name, then in the place of the old."""
        new = self.directory / "bin" / "tollgate.new"
        shutil.copy(self.binary, new)
        new.chmod(0o755)
        new.rename(self.directory / "bin" / "tollgate")

    def confined(self, *words):
        return [sys.executable, "-B", str(TOP / "tests/torture/confine.py"), str(UNIT), str(self.directory), *words]

    def probe(self):
        done = subprocess.run(self.confined("--probe"), capture_output=True, text=True, timeout=PATIENCE, check=False)
        if done.returncode != 0:
            raise Untraceable("this system makes no sandbox: " + done.stderr.strip()[-300:])
        return json.loads(done.stdout)

    def start(self, stopped=None):
        """`stopped`: called with the process id before the program begins."""
        command = ["/usr/bin/tollgate", "serve", "--config", "/etc/tollgate/tollgate.yaml"]
        self.process = subprocess.Popen(self.confined(*(["--stop"] if stopped else []), *command), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.main = self.process.pid
        threading.Thread(target=self.listen, daemon=True).start()
        if stopped:
            deadline = time.monotonic() + PATIENCE
            while Path(f"/proc/{self.main}/stat").read_text().rsplit(")", 1)[1].split()[0] != "T":
                if time.monotonic() > deadline:
                    raise Failed("it does not stop itself: " + self.said)
                time.sleep(0.02)
            stopped(self.main)
            os.kill(self.main, signal.SIGCONT)
        try:
            self.manager.hear("^READY=1", patience=60)
        except Failed as wrong:
            raise Failed(f"it does not start: {self.said[-600:]} {wrong}") from None
        self.await_words(" ready management=")
        ports = re.findall(r' listening address="127\.0\.0\.1:(\d+)"', self.said)
        self.port, self.tls_port = int(ports[0]), int(ports[1])
        self.management = int(re.search(r' ready management="127\.0\.0\.1:(\d+)"', self.said)[1])

    def listen(self):
        for line in self.process.stderr:
            self.said += line

    def await_words(self, words):
        """In what it says on standard error, which comes by another way than what the manager hears."""
        deadline = time.monotonic() + PATIENCE
        while words not in self.said or not self.said.endswith("\n"):
            if time.monotonic() > deadline:
                raise Failed(f"it never says `{words.strip()}`: {self.said[-600:]}")
            time.sleep(0.02)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for pid in {self.main, self.process.pid if self.process else None} - {None}:
            if pid_lives(pid):
                os.kill(pid, signal.SIGKILL)
        if self.process:
            self.process.wait()
        self.manager.socket.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def manage(self, method, path, body=None, expected=200):
        c = UnixConnection(self.socket)
        try:
            c.request(method, "/v1/admin" + path, json.dumps(body) if body is not None else None, {"Content-Type": "application/json"})
            answer = c.getresponse()
            text = answer.read()
        finally:
            c.close()
        if answer.status != expected:
            raise Failed(f"{method} {path}: {answer.status} {text[:300]}")
        return json.loads(text) if text[:1] in (b"{", b"[") else text.decode()

    def ask(self, port, host, path, token, context=None, body=None, fields=None):
        if context:
            c = http.client.HTTPSConnection("localhost", port, timeout=PATIENCE, context=context)
        else:
            c = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            heads = {"Host": host, **({"Authorization": token} if token else {}), **(fields or {})}
            c.request("POST" if body is not None else "GET", path, body, heads)
            answer = c.getresponse()
            return answer.status, answer.read().decode(), answer.headers
        finally:
            c.close()


def expect(got, wanted, what):
    if got != wanted:
        raise Failed(f"{what}: {got}, not {wanted}")


def serves(s):
    """Requests by TCP and TLS, access tokens, a password. Answers a token."""
    token = s.manage("POST", "/api-tokens", {"api": "acme", "name": "Confined"}, 201)["token"]
    expect(s.ask(s.port, "acme.test", "/things", f"Bearer {token}")[0], 200, "a request")
    trusted = ssl.create_default_context(cafile=str(s.directory / "etc" / "ca.pem"))
    expect(s.ask(s.tls_port, "acme.test", "/things", f"Bearer {token}", trusted)[0], 200, "a request by TLS")
    expect(s.ask(s.port, "acme.test", "/things", "Bearer nobody")[0], 401, "a request with junk")
    key = s.manage("POST", "/api-tokens", {"api": "partner", "name": "Key", "scopes": ["invoices:read"]}, 201)
    form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": key["id"], "client_secret": key["token"]})
    status, text, _ = s.ask(s.port, "partner.test", "/oauth/token", None, body=form, fields={"Content-Type": "application/x-www-form-urlencoded"})
    expect(status, 200, f"an exchange for an access token {text}")
    expect(s.ask(s.port, "partner.test", "/invoices", f"Bearer {json.loads(text)['access_token']}")[0], 200, "an access token")
    s.manage("POST", "/users", {"api": "tollgate", "user_name": "ada", "role": "owner", "password": PASSWORD}, 201)
    body = json.dumps({"user_name": "ada", "password": PASSWORD})
    host = f"127.0.0.1:{s.management}"
    status, text, _ = s.ask(s.management, host, "/v1/admin/sessions", None, body=body,
                            fields={"Content-Type": "application/json", "Origin": f"http://{host}"})
    expect(status, 201, f"a sign-in {text}")
    expect(s.ask(s.management, host, "/metrics", None)[0], 200, "/metrics")
    return token


def changes(s, token):
    """Reload, the log's rotation, backup, keys, the audit log."""
    log = s.directory / "log" / "access.log"
    log.rename(log.with_suffix(".log.1"))
    heard = len(s.manager.messages)
    s.config.write_text(s.config.read_text().replace("hosts: [ acme.test ]", "hosts: [ acme.test, second.test ]"), encoding="utf-8")
    s.manage("POST", "/reload", {})
    s.manager.hear("^RELOADING=1", heard)
    s.manager.hear("^READY=1", heard)
    expect(s.ask(s.port, "second.test", "/things", f"Bearer {token}")[0], 200, "a host of the configuration that was reloaded")
    deadline = time.monotonic() + PATIENCE
    while not (log.exists() and "second.test" in log.read_text() or log.exists() and log.stat().st_size > 0):
        if time.monotonic() > deadline:
            raise Failed("the access log was not opened again")
        time.sleep(0.05)
    s.manage("POST", "/backups", {"directory": "/var/lib/tollgate/copy"}, 201)
    if not (s.directory / "lib" / "copy").is_dir():
        raise Failed("there is no copy")
    c = UnixConnection(s.socket)
    c.request("POST", "/v1/admin/backups", json.dumps({"directory": "/etc/tollgate/copy"}), {"Content-Type": "application/json"})
    answer = c.getresponse()
    text = answer.read().decode()
    if answer.status < 400 or "/etc/tollgate" not in text:
        raise Failed(f"a copy where nothing may be written: {answer.status} {text}")
    verified = s.manage("GET", "/audit/verify")
    expect(verified["good"], True, "the audit log")
    return text


def succeeds(s, token):
    """A new process takes over, within the same sandbox. Answers how many requests came meanwhile."""
    heard, before = len(s.manager.messages), s.main
    callers = Callers(s.port, token, 2)
    try:
        s.place_binary()
        s.manage("POST", "/upgrade", {})
        s.main = int(s.manager.hear(r"^MAINPID=(\d+)", heard)[1])
        s.manager.hear("^READY=1", heard)
        time.sleep(0.2)
    finally:
        callers.stop()
    if callers.failed:
        raise Failed(f"requests failed while a new process took over: {callers.failed[:3]}")
    expect(s.process.wait(60), 0, "the process before ended with")
    if s.main == before:
        raise Failed("no other process serves")
    facts = Path(f"/proc/{s.main}/status").read_text()
    for line in ("NoNewPrivs:\t1", "Seccomp:\t2", f"Uid:\t{USER_ID}", "CapBnd:\t0000000000000000"):
        if line not in facts:
            raise Failed(f"the new process is not as closed as the one before: no {line!r}")
    expect(s.ask(s.port, "acme.test", "/things", f"Bearer {token}")[0], 200, "a request to the new process")
    return len(callers.times)


def life(s, say, stopped=None):
    """All of it: rows of a table."""
    rows = []

    def did(what, how):
        rows.append([what, how])
        say(f"{what}: {how}")
    began = time.monotonic()
    s.start(stopped)
    did("start", f"READY=1 after {time.monotonic() - began:.1f} s; master key and TLS key are credentials")
    token = serves(s)
    did("serve", "TCP, TLS, a refusal, an access token, a password, an upstream by name")
    refused = changes(s, token)
    did("change", "reload, access log opened anew, backup into the state directory, audit verified")
    did("backup elsewhere", json.loads(refused).get("detail", refused)[:200])
    s.manager.hear("^WATCHDOG=1")
    did("watchdog", "answered")
    did("upgrade", f"MAINPID= of a new process; {succeeds(s, token)} requests meanwhile, none failed")
    heard = len(s.manager.messages)
    os.kill(s.main, signal.SIGTERM)
    s.manager.hear("^STOPPING=1", heard)
    deadline = time.monotonic() + PATIENCE
    while pid_lives(s.main):
        if time.monotonic() > deadline:
            raise Failed("SIGTERM does not end it")
        time.sleep(0.02)
    did("stop", "STOPPING=1, ended")
    return rows


def calls_of(trace):
    """(names of the system calls that were made, what was refused: {call: how often}), of strace's text from the program's beginning on."""
    names, refused = set(), {}
    for line in trace[trace.index("execve("):].splitlines():
        if not (found := re.match(r"\d+ +(?:<\.\.\. )?(\w+)(\(\w*)?", line)):
            continue
        name = found[1]
        names.add(name)
        if error := re.search(r"= -1 (EPERM|EAFNOSUPPORT|ENOSYS|EROFS)\b", line):
            what = name + found[2] if name == "socket" and found[2] else name
            if error[1] == "EROFS" and "/etc/tollgate/copy" in line:
                continue  # the backup that was asked for there
            refused[what] = refused.get(what, 0) + 1
    return names, refused


def traced(options, upstream, say):
    """The same life under strace."""
    with Service(options.binary, upstream.port) as s:
        tracers = []
        try:
            life(s, lambda _: None, lambda pid: tracers.append(Strace(pid, [], ["-e", "signal=none"])))
            return calls_of(tracers[0].text())
        finally:
            for t in tracers:
                t.__exit__()


def measure(options, say):
    if os.geteuid() != 0:
        raise Untraceable("a sandbox is made by root")
    for program in ("systemd-analyze", "strace", "openssl"):
        if shutil.which(program) is None:
            raise Untraceable(f"{program} is not there: tools/install-deps test package")
    upstream = Upstream()
    try:
        with Service(options.binary, upstream.port) as s:
            found = s.probe()
            wrong = {what: how for what, how in found.items() if how != REFUSED.get(what, "yes")}
            if wrong or set(REFUSED) - set(found):
                raise Failed(f"the sandbox is not the unit's: {wrong}")
            rows = [["sandbox", f"{len(REFUSED)} things are refused, {len(found) - len(REFUSED)} permitted"], *life(s, say)]
        names, refused = traced(options, upstream, say)
        allowed = permitted(settings(UNIT))
        denied = sorted((names - allowed) | set(refused))
        unexpected = [d for d in denied if d not in DOES_WITHOUT]
        rows.append(["system calls", f"{len(names)} are made, of {len(allowed)} that are permitted"])
        rows += [["denied", f"{d}: {DOES_WITHOUT.get(d, 'UNEXPECTED')}"] for d in denied]
        if len(names) < 40:
            raise Failed(f"strace saw too little: {sorted(names)}")
    finally:
        upstream.stop()
    says = "everything works with what the unit permits" + (", but there is no doing without " + ", ".join(unexpected) if unexpected else "")
    return {"title": "A life within the unit's sandbox", "head": ["what", "how"], "rows": rows, "holds": not unexpected, "says": says}
