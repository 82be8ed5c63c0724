#!/usr/bin/env python3
"""Verifies X-Tollgate-Assertion, as a service behind the gateway does it. Standard library only; take `verify` into your own code.

    verify_assertion.py SECRET_FILE < head-of-a-request      prints who calls, or why it is not believed (exit code 1)

The gateway signs with the pool's `secret` (`tollgate.yaml`): HMAC-SHA-256, in hex, over these lines, each ended by a line feed, and
empty where the request has no such field:

    tollgate-assertion-v1 | t | X-Request-Id | X-Tollgate-Token-Id | -Subject | -Tenant | -Environment | -Audience | -Scopes | -Actor | version

`t` is the time in seconds since 1970, as in `X-Tollgate-Assertion: t=1764121800,v1=<64 hex digits>`; the version is the value of the
field that the API's contract names, if it names one. A request without a token is signed too, with empty lines: it came through the gateway.
"""
import hashlib
import hmac
import re
import sys
import time

FIELDS = ["x-request-id"] + ["x-tollgate-" + n for n in ("token-id", "subject", "tenant", "environment", "audience", "scopes", "actor")]


def verify(fields, secret, now=None, within=60, version_field=""):
    """`fields`: list of (name, value). Answers {name: value} of who calls; raises ValueError with the reason."""
    found = {}
    for name, value in fields:
        name = name.lower()
        if name in found and (name in FIELDS or name == "x-tollgate-assertion"):
            raise ValueError(f"{name} is there twice")
        found[name] = value
    parts = re.fullmatch(r"t=(\d{1,12}),v1=([0-9a-f]{64})", found.get("x-tollgate-assertion", ""))
    if not parts:
        raise ValueError("there is no X-Tollgate-Assertion: it did not come through the gateway")
    lines = ["tollgate-assertion-v1", parts[1], *(found.get(name, "") for name in FIELDS), found.get(version_field.lower(), "")]
    made = hmac.new(secret, "".join(line + "\n" for line in lines).encode("latin-1"), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(made, parts[2]):  # in constant time
        raise ValueError("the assertion does not fit the fields")
    if abs((time.time() if now is None else now) - int(parts[1])) > within:
        raise ValueError("the assertion is too old, or one of the clocks is wrong")
    return {name: found.get(name, "") for name in FIELDS}


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as file:
        key = file.read().rstrip(b" \t\r\n")
    head = [line.split(":", 1) for line in sys.stdin.buffer.read().decode("latin-1").splitlines()[1:] if ":" in line]
    try:
        for name, value in verify([(n, v.strip()) for n, v in head], key, version_field=sys.argv[2] if len(sys.argv) > 2 else "").items():
            print(f"{name}: {value}")
    except ValueError as why:
        sys.exit(f"not believed: {why}")
