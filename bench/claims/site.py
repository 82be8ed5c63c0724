"""A gateway of the measurement's own: its directory, the processes on it one after the other, what stands behind it, how to talk to it."""

import http.client
import http.server
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import zlib
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
PATIENCE = 30
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def shipped(name):
    """One of the APIs under conf/, as an item of `apis:`."""
    return (f"  - {{ name: {name}, hosts: [ {name}.test ], contract: contracts/{name}.yaml, openapi: openapi/{name}.yaml,\n"
            f"      upstream: {{ servers: [ \"http://@UP@\" ] }} }}\n")


class Failed(Exception):
    """What was measured does not hold, or could not be measured; the text says which."""


class UnixConnection(http.client.HTTPConnection):
    """HTTP to the management socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=PATIENCE)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(self.path)


class Upstream:
    """Answers each request with a number of its own; `posts` counts by idempotency key. Threads of its own."""

    def __init__(self):
        self.posts, self.lock, outer = {}, threading.Lock(), self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 65536  # an answer is one segment: two would wait for each other's acknowledgement
            disable_nagle_algorithm = True

            def answer(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                key = self.headers.get("Idempotency-Key")
                with outer.lock:
                    number = outer.posts[key] = outer.posts.get(key, 0) + 1
                body = f'{{"of":"{key}","number":{number},"at":{time.monotonic_ns()}}}'.encode()
                self.send_response(201 if self.command == "POST" else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # a gateway that was killed
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Site:
    """One store and configuration. `apis`: items of `apis:` with @UP@ for the upstream's address."""

    def __init__(self, binary, apis, files=None, upstream_port=9, more="threads: 2\n"):
        self.binary, self.process, self.port = str(binary), None, 0
        self.directory = Path(tempfile.mkdtemp(prefix="tollgate-measure-"))
        for name in ("contracts", "openapi"):
            shutil.copytree(TOP / "conf" / name, self.directory / name)
        for name, text in (files or {}).items():
            (self.directory / name).write_text(text, encoding="utf-8")
        self.socket = str(self.directory / "t.sock")
        (self.directory / "master.key").write_text(secrets.token_hex(32), encoding="ascii")
        os.chmod(self.directory / "master.key", 0o600)
        text = (f"listeners: [ {{ address: 127.0.0.1, port: 0, treat_as_secure: true }} ]\n"
                f"management: {{ socket: {self.socket}, listener: {{ address: 127.0.0.1, port: 0 }} }}\n"
                f"store: {{ path: {self.directory}/store, cache: 64MiB }}\nkeys: {{ master: \"file:master.key\" }}\naccess_log: {{ path: off }}\n"
                f"{more}apis:\n{apis.replace('@UP@', f'127.0.0.1:{upstream_port}')}\n")
        self.config = self.directory / "tollgate.yaml"
        self.config.write_text(text, encoding="utf-8")

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            shutil.rmtree(self.directory, ignore_errors=True)
            raise
        return self

    def __exit__(self, *_):
        self.end(signal.SIGTERM)
        shutil.rmtree(self.directory, ignore_errors=True)

    def start(self):
        """Until it says that it is ready. Answers the seconds that took."""
        began = time.monotonic()
        self.process = subprocess.Popen([self.binary, "serve", "--config", str(self.config)], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        said = ""
        for line in self.process.stderr:
            said += line
            if found := re.search(r' listening address="127\.0\.0\.1:(\d+)"', line):
                self.port = int(found[1])
            if found := re.search(r' ready management="127\.0\.0\.1:(\d+)"', line):
                self.management = int(found[1])
                threading.Thread(target=lambda f=self.process.stderr: [None for _ in f], daemon=True).start()
                return time.monotonic() - began
        raise Failed("the gateway does not start: " + said)

    def end(self, how):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(how)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def manage(self, method, path, body=None, connection=None):
        """As the operator: (status, JSON or text)."""
        status, text, type_ = self.manage_raw(method, path, body, connection)
        return status, json.loads(text) if "json" in type_ else text.decode()

    def manage_raw(self, method, path, body=None, connection=None):
        """The same, unread: (status, bytes, media type)."""
        c = connection or UnixConnection(self.socket)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        c.request(method, "/v1/admin" + path, json.dumps(body) if body is not None else None, headers)
        answer = c.getresponse()
        text = answer.read()
        if connection is None:
            c.close()
        return answer.status, text, answer.headers.get("Content-Type", "")

    def create(self, **wish):
        status, record = self.manage("POST", "/api-tokens", wish)
        if status != 201:
            raise Failed(f"no token was made: {status} {record}")
        return record

    def ask(self, method, host, path, token, headers=None, body=None):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            c.request(method, path, body, {"Host": host, "Authorization": f"Bearer {token}", **(headers or {})})
            answer = c.getresponse()
            return answer.status, answer.read().decode()
        finally:
            c.close()

    def figure(self, name):
        """The sum of a metric's samples whose line begins so."""
        c = http.client.HTTPConnection("127.0.0.1", self.management, timeout=PATIENCE)
        c.request("GET", "/metrics")
        text = c.getresponse().read().decode()
        c.close()
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name))

    def cpu_ns(self):
        """Processor time of all its threads, those that have ended apart."""
        return sum(int((task / "schedstat").read_text().split()[0]) for task in Path(f"/proc/{self.process.pid}/task").iterdir())

    def memory_bytes(self):
        found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{self.process.pid}/status").read_text())
        return int(found[1]) * 1024


def base62(number, letters):
    out = ""
    for _ in range(letters):
        number, digit = divmod(number, 62)
        out = BASE62[digit] + out
    return out


def made_up_token(prefix, letters, good_checksum):
    """As a contract's `prefix{random:letters}` makes them; nobody has issued it."""
    text = prefix + "".join(secrets.choice(BASE62) for _ in range(letters - 6))
    sum_of = zlib.crc32(text.encode())
    return text + base62(sum_of if good_checksum else (sum_of + 1) % 2**32, 6)


def request(method, host, path, token, more=""):
    return f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n{more}\r\n".encode()


class Wire:
    """A keep-alive connection on which every answer has a Content-Length."""

    def __init__(self, port):
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""

    def send(self, data):
        self.sock.sendall(data)

    def answer(self):
        """(head, body) of the next answer; None: the gateway has closed."""
        while (end := self.rest.find(b"\r\n\r\n")) < 0:
            more = self.sock.recv(65536)
            if not more:
                return None
            self.rest += more
        head, self.rest = self.rest[:end], self.rest[end + 4:]
        found = re.search(rb"\r\ncontent-length: (\d+)", head, re.I)
        size = int(found[1]) if found else 0
        while len(self.rest) < size:
            more = self.sock.recv(65536)
            if not more:
                return None
            self.rest += more
        body, self.rest = self.rest[:size], self.rest[size:]
        return head, body

    def close(self):
        self.sock.close()
