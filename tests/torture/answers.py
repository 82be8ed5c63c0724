"""Changes on a disk that is ill, and what must hold of those that were answered."""

from claims.site import Failed

RECOVERY = 60  # seconds that it may take until changes go through again


def change(site, number, answered):
    """A creation, and each third time a revocation; what was answered is noted. True: the creation was."""
    status, record = site.manage("POST", "/api-tokens", {"api": "acme", "name": f"Under {number}"})
    if status == 201:
        answered["good"].append(record)
    elif status != 503:
        raise Failed(f"a creation on an ill disk: {status} {record}")
    if answered["good"] and number % 3 == 0:
        one = answered["good"].pop(0)
        gone, text = site.manage("DELETE", f"/api-tokens/{one['id']}")
        if gone not in (204, 503):
            raise Failed(f"a revocation on an ill disk: {gone} {text}")
        answered["dead" if gone == 204 else "unknown"].append(one)
    return status == 201


def holds(site, answered, when):
    for one in answered["good"]:
        status, _ = site.ask("GET", "acme.test", "/things", one["token"])
        if status != 200 and not (status == 503 and when == "during"):
            raise Failed(f"{when}: a token whose creation was answered: {status}")
    for one in answered["dead"]:
        status, _ = site.ask("GET", "acme.test", "/things", one["token"])
        if status == 200:
            raise Failed(f"{when}: a token whose revocation was answered works")
