"""What testssl.sh says of a TLS listener as it is by default: nothing that would keep it from an A.

Version 3.0 of testssl.sh gives no letter (3.2 does); it says how severe what it finds is. A is demanded as: it found no fault of any severity in
protocols, ciphers, forward secrecy, preferences, defaults and the known vulnerabilities. What is the certificate's and not the gateway's is
left out: revocation and CAA records, which a certificate made for a test has not.
"""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from claims.kill import APIS, DOCUMENT
from claims.site import Failed, Site

PATIENCE = 600
PARTS = {"protocols": "-p", "ciphers": "-s", "forward secrecy": "-f", "preferences": "-P", "defaults": "-S", "vulnerabilities": "-U"}
FAULTS = ("LOW", "MEDIUM", "HIGH", "CRITICAL")
OF_THE_CERTIFICATE = ("OCSP_stapling", "cert_ocspURL", "cert_crlDistributionPoints", "cert_revocation", "cert_notRevoked", "DNS_CAArecord",
                      "cert_mustStapleExtension", "certificate_transparency", "cert_caIssuers")


def openssl(where, *arguments):
    done = subprocess.run(["openssl", *arguments], cwd=where, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed("openssl: " + done.stderr[-300:])


def certificates(where):
    """An authority (ca.pem), and what it signs for localhost (tls.pem, tls.key)."""
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-sha256"]
    openssl(where, "req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "90", "-subj", "/CN=Test authority",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    openssl(where, "req", *key, "-keyout", "tls.key", "-out", "tls.csr", "-subj", "/CN=localhost")
    (where / "leaf.ext").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n"
                                    "basicConstraints=critical,CA:false\nauthorityKeyIdentifier=keyid\n", encoding="ascii")
    openssl(where, "x509", "-req", "-in", "tls.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "90", "-sha256", "-extfile",
            "leaf.ext", "-out", "tls.pem")
    (where / "tls.key").chmod(0o600)


def testssl(port, authority, part):
    """Its findings: [{id, severity, finding}]."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "findings.json"
        command = ["testssl", "--quiet", "--warnings", "off", "--nodns", "none", "--color", "0", "--add-ca", str(authority), "--ip", "127.0.0.1",
                   "--openssl-timeout", "20", "--jsonfile", str(out), part, f"localhost:{port}"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False)
        if not out.exists():
            raise Failed("testssl says nothing: " + (done.stdout + done.stderr)[-300:])
        return json.loads(out.read_text(encoding="utf-8"))


def measure(options, say):
    if shutil.which("testssl") is None:
        raise Failed("testssl.sh is not there: tools/install-deps test")
    with Site(options.binary, APIS, {"acme.yaml": DOCUMENT}) as site:
        site.end(15)
        certificates(site.directory)
        plain = site.config.read_text(encoding="utf-8")
        by_tls = plain.replace("treat_as_secure: true", "tls: { certificates: [ { certificate: tls.pem, key: tls.key } ] }", 1)
        site.config.write_text(by_tls, encoding="utf-8")
        site.start()
        rows, faults = [], []
        for name in options.parts.split(","):
            found = testssl(site.port, site.directory / "ca.pem", PARTS[name])
            counted = [f for f in found if f["severity"] in (*FAULTS, "OK", "INFO", "WARN")]
            bad = [f for f in found if f["severity"] in FAULTS and not f["id"].startswith(OF_THE_CERTIFICATE)]
            fatal = [f for f in found if f["severity"] == "FATAL"]
            for f in bad + fatal:
                say(f"{name}: {f['severity']} {f['id']}: {f['finding']}")
            say(f"{name}: {len(found)} findings, {len(bad + fatal)} faults")
            faults += bad + fatal
            rows.append([name, str(sum(f["severity"] == "OK" for f in counted)), str(len(bad + fatal)),
                         ", ".join(sorted({f["id"] for f in bad + fatal})) or "-"])
    return {"title": "A TLS listener by testssl.sh", "head": ["part", "found good", "faults", "which"], "rows": rows,
            "holds": not faults and all(int(r[1]) > 0 for r in rows), "says": "nothing that it finds keeps the listener from grade A"}
