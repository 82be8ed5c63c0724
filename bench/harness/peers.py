"""The proxies that Tollgate is measured beside: how each is configured, and whether it is installed.

Every peer gets what its own documentation recommends for throughput: one worker, keep-alive on both sides without a limit
on requests, a pool of upstream connections at least as large as the number of callers.
"""

import glob
import os
import shutil
from pathlib import Path

from . import machine

HAPROXY = """
global
    nbthread 1
    maxconn 4000
    {log_global}
defaults
    mode {mode}
    {log_defaults}
    timeout connect 2s
    timeout client 60s
    timeout server 60s
frontend front
    bind 127.0.0.1:{port}
    {rules}
    default_backend origin
backend origin
    {reuse}
    server origin 127.0.0.1:{origin}
"""

NGINX = """
daemon off;
worker_processes 1;
pid {dir}/pid;
error_log stderr error;
{modules}
events {{ worker_connections 20000; }}
http {{
    access_log off;
    client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/f; uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s;
    keepalive_requests 1000000000;
    keepalive_timeout 60s;
    upstream origin {{ server 127.0.0.1:{origin}; keepalive 512; keepalive_requests 1000000000; }}
    {http}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        {server}
        location / {{
            {location}
            proxy_pass http://origin;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
        }}
    }}
}}
"""

LUA_HTTP = """
    lua_shared_dict tokens 64m;
    init_by_lua_block {{
        ffi = require "ffi"
        ffi.cdef "unsigned char* SHA256(const unsigned char* d, size_t n, unsigned char* md);"
        sha_out = ffi.new("unsigned char[32]")
        local dict = ngx.shared.tokens
        for line in io.lines("{digests}") do
            dict:set((line:gsub("..", function(byte) return string.char(tonumber(byte, 16)) end)), "invoices:read customers:read")
        end
    }}
"""

# OpenSSL's one-shot SHA256 through the FFI, and the digest's bytes as the key: the quickest way there is in Lua.
LUA_ACCESS = """
            access_by_lua_block {
                local token = ngx.var.http_authorization
                token = token and string.match(token, "^Bearer (.+)$")
                if not token then return ngx.exit(401) end
                ffi.C.SHA256(token, #token, sha_out)
                local scopes = ngx.shared.tokens:get(ffi.string(sha_out, 32))
                if not scopes then return ngx.exit(401) end
                if not string.find(scopes, "invoices:read", 1, true) then return ngx.exit(403) end
            }
"""


class Peer:
    """One proxy under test. `start(bench)` returns a running Server; `missing()` says what has to be installed, or ''."""

    def __init__(self, name, label, does, start, needs, package=""):
        self.name, self.label, self.does, self.start, self.needs, self.package = name, label, does, start, needs, package

    def missing(self):
        return "" if self.needs() else self.package


def has(program):
    return lambda: shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin") is not None


def program(name):
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def lua_modules():
    found = [glob.glob(f"/usr/*/nginx/modules/{m}") for m in ("ndk_http_module.so", "ngx_http_lua_module.so")]
    return [f[0] for f in found if f]


def start_relay(bench):
    relay = [bench.tool("relay"), "--upstream", f"127.0.0.1:{bench.origin.port}"]
    return bench.launch("relay", relay).announced_port()


def haproxy(name, mode="http", rules="", log=False):
    def start(bench):
        port = machine.free_port()
        log_to = bench.log_file(name)
        text = HAPROXY.format(
            mode=mode, port=port, origin=bench.origin.port, rules=rules.format(dir=bench.directory),
            reuse="http-reuse always" if mode == "http" else "",
            log_global="log stdout format raw daemon" if log else "", log_defaults="log global\n    option httplog" if log else "")
        config = bench.write(f"{name}.cfg", text)
        with open(log_to if log else os.devnull, "ab") as out:
            server = bench.launch(name, [program("haproxy"), "-db", "-f", config], port=port, stdout=out)
        return server.wait_listening()
    return start


def nginx(name, http="", server="", location="", modules=False):
    def start(bench):
        port = machine.free_port()
        home = Path(bench.path(name))
        home.mkdir()
        loads = "\n".join(f"load_module {m};" for m in lua_modules()) if modules else ""
        fill = {"digests": bench.path("digests.txt"), "auth": bench.auth.port if bench.auth else 0}
        text = NGINX.format(dir=home, port=port, origin=bench.origin.port, modules=loads, http=http.format(**fill) if http else "",
                            server=server.format(**fill) if server else "", location=location)
        config = bench.write(f"{name}/nginx.conf", text)
        command = [program("nginx"), "-p", str(home), "-c", config, "-e", "stderr"]
        return bench.launch(name, command, port=port).wait_listening()
    return start


AUTH_UPSTREAM = "upstream auth {{ server 127.0.0.1:{auth}; keepalive 512; keepalive_requests 1000000000; }}"
AUTH_LOCATION = """location = /auth {{
            internal; proxy_pass http://auth; proxy_http_version 1.1; proxy_set_header Connection "";
            proxy_pass_request_body off; proxy_set_header Content-Length "";
        }}"""


def start_caddy(bench):
    port = machine.free_port()
    site = f"http://:{port} {{\n bind 127.0.0.1\n reverse_proxy 127.0.0.1:{bench.origin.port}\n}}\n"
    config = bench.write("Caddyfile", "{\n admin off\n auto_https off\n}\n" + site)
    env = dict(os.environ, GOMAXPROCS="1", XDG_DATA_HOME=bench.path("caddy"), XDG_CONFIG_HOME=bench.path("caddy"))
    command = [program("caddy"), "run", "--adapter", "caddyfile", "--config", config]
    return bench.launch("caddy", command, port=port, env=env).wait_listening()


MAP_PLAIN = "http-request deny deny_status 401 unless {{ req.hdr(authorization),word(2,' '),map_str({dir}/tokens.map) -m found }}"
MAP_HASHED = "http-request deny deny_status 401 unless {{ req.hdr(authorization),word(2,' '),sha2(256),hex,map_str({dir}/digests.map) -m found }}"

PEERS = [
    Peer("relay", "byte relay", "copies bytes, parses nothing: the floor", start_relay, lambda: True),
    Peer("haproxy-tcp", "HAProxy, TCP mode", "the same, a product", haproxy("haproxy-tcp", mode="tcp"), has("haproxy"), package="haproxy"),
    Peer("haproxy", "HAProxy, HTTP mode", "HTTP; no authentication, no log", haproxy("haproxy"), has("haproxy"), package="haproxy"),
    Peer("haproxy-log", "HAProxy, HTTP mode with log", "HTTP; no authentication", haproxy("haproxy-log", log=True), has("haproxy"),
         package="haproxy"),
    Peer("nginx", "nginx, proxy_pass", "HTTP; no authentication, no log", nginx("nginx"), has("nginx"), package="nginx-light"),
    Peer("haproxy-map", "HAProxy, map of 100,000 tokens", "token checked, no log", haproxy("haproxy-map", rules=MAP_PLAIN), has("haproxy"),
         package="haproxy"),
    Peer("haproxy-map-sha256", "HAProxy, map of 100,000 digests", "token checked, no log", haproxy("haproxy-map-sha256", rules=MAP_HASHED),
         has("haproxy"), package="haproxy"),
    Peer("nginx-lua", "nginx + Lua, SHA-256, shared dictionary", "token and scope checked, no log",
         nginx("nginx-lua", http=LUA_HTTP, location=LUA_ACCESS, modules=True), lambda: len(lua_modules()) == 2, package="libnginx-mod-http-lua"),
    Peer("nginx-auth", "nginx + auth_request", "token checked by a second service, not counted",
         nginx("nginx-auth", http=AUTH_UPSTREAM, server=AUTH_LOCATION, location="auth_request /auth;"), has("nginx"), package="nginx-light"),
    Peer("caddy", "Caddy, reverse_proxy", "HTTP; no authentication, no log", start_caddy, has("caddy"), package="caddy"),
]
BY_NAME = {p.name: p for p in PEERS}
USUAL = ["relay", "haproxy", "haproxy-log", "nginx"]
