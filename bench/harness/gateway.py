"""Tollgate under test: as in production (every check, access log, metrics), one thread, 10,000 tokens made through its own socket."""

import concurrent.futures
import hashlib
import http.client
import json
import os
import socket
import subprocess
import time
from pathlib import Path

from . import machine
from .peers import Peer
from .servers import Failed, tail

CONF = Path(__file__).resolve().parent.parent / "conf"

CONFIG = """
listeners: [ {{ address: 127.0.0.1, port: {port} }} ]
management: {{ socket: {dir}/tollgate.sock, listener: {{ address: 127.0.0.1, port: {management} }} }}
store: {{ path: {dir}/store }}
threads: {threads}
timeouts: {{ keep_alive: 3600s }}
access_log: {{ path: {log} }}
apis:
  - name: bench
    hosts: [ "*" ]
    contract: {conf}/contract.yaml
    openapi: {openapi}
    upstream: {{ servers: [ "http://127.0.0.1:{origin}" ] }}
"""


class UnixConnection(http.client.HTTPConnection):
    """HTTP to the management socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(self.path)


def start(bench, name="tollgate", openapi=CONF / "openapi.yaml", threads=1):
    home = Path(bench.path(name))
    home.mkdir(mode=0o700)
    port, management = machine.free_port(), machine.free_port()
    text = CONFIG.format(dir=home, port=port, management=management, origin=bench.origin.port, conf=CONF, openapi=openapi, log=bench.log_file(name),
                         threads=threads)
    config = bench.write(f"{name}/tollgate.yaml", text)
    command = [bench.tool("tollgate"), "serve", "--config", config]
    server = bench.launch(name, command, port=port)
    server.socket = str(home / "tollgate.sock")
    server.management = management
    server.wait_listening()
    wait_ready(server)
    return server


def wait_ready(server, seconds=15):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.alive():
        try:
            c = http.client.HTTPConnection("127.0.0.1", server.management, timeout=2)
            c.request("GET", "/readyz")
            if c.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise Failed(f"tollgate is not ready: {tail(server.log)}")


def make_tokens(server, count, callers=16, scopes=("invoices:read", "customers:read")):
    """`count` tokens with the scopes that the load's requests need (or `scopes`), over keep-alive connections to the management socket."""
    def some(first):
        connection = UnixConnection(server.socket)
        out = []
        for i in range(first, count, callers):
            body = json.dumps({"api": "bench", "name": f"load {i}", "scopes": list(scopes)})
            connection.request("POST", "/v1/admin/api-tokens", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 201:
                raise Failed(f"tollgate made no token: {answer.status} {text[:200]!r}")
            out.append(json.loads(text)["token"])
        connection.close()
        return out

    with concurrent.futures.ThreadPoolExecutor(callers) as pool:
        return [token for tokens in pool.map(some, range(callers)) for token in tokens]


def store_tokens(bench, server, first, end):
    """Imports tokens `first` to `end` of a series that nobody holds: they fill the store."""
    file = bench.path("records")
    with open(file, "w", encoding="ascii") as records:
        for i in range(first, end):
            digest = hashlib.sha256(b"%d" % i).hexdigest()
            records.write(f'{{"api":"bench","name":"Stored {i}","kind":"service","owner":"customer {i // 10}","scopes":["invoices:read"],'
                          f'"generations":[{{"number":1,"digest":"{digest}","hint":"bench_\\u2026wxyz"}}]}}\n')
    command = [bench.tool("tollgate"), "import", "--json", "--socket", server.socket, file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    os.unlink(file)
    if done.returncode != 0:
        raise Failed(f"tokens could not be imported: {done.stdout[-300:]} {done.stderr[-300:]}")


PEER = Peer("tollgate", "Tollgate", "every check, access log and metrics on", start, lambda: True)
