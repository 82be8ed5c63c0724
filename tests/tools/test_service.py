#!/usr/bin/env python3
"""Keeps conf/systemd and conf/packaging true: the unit is as closed as it is said to be, what the package installs is taken by the program, and
what the program says of itself is taken by man and shells. `tools/package --try` goes through a whole life in a bare Debian, which takes minutes.

TOLLGATE_BINARY names the program. Programs that are not installed are passed over: systemd-analyze, groff, zsh, fish.
"""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
UNITS = TOP / "conf" / "systemd"
PACKAGE = TOP / "conf" / "packaging"
BINARY = os.environ.get("TOLLGATE_BINARY")


def run(*command, **more):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=120, **more)


class Units(unittest.TestCase):
    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not there")
    def test_services_are_closed(self):
        """A socket unit runs nothing, and has no exposure of its own."""
        for unit in sorted(UNITS.glob("*.service")):
            done = run("systemd-analyze", "security", "--offline=true", "--threshold=12", "--no-pager", unit)
            self.assertEqual(done.returncode, 0, done.stdout[-300:] + done.stderr)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not there")
    def test_the_drop_in_permits_what_it_says(self):
        """Read by systemd as part of the unit: it costs what it says it costs, and no line of it is unknown."""
        drop_in = UNITS / "commit-priority.conf"
        self.assertIn("says 1.4 instead", drop_in.read_text())
        with tempfile.TemporaryDirectory() as directory:
            unit = pathlib.Path(directory, "tollgate.service")
            unit.write_text((UNITS / "tollgate.service").read_text() + drop_in.read_text())
            done = run("systemd-analyze", "security", "--offline=true", "--threshold=14", "--no-pager", unit)
        self.assertEqual((done.returncode, "Unknown" in done.stderr), (0, False), done.stdout[-300:] + done.stderr)
        self.assertIn("exposure level for tollgate.service: 1.4", done.stdout)

    def test_the_socket_unit_has_the_packages_addresses(self):
        listens = [line.split("=", 1)[1] for line in (UNITS / "tollgate.socket").read_text().splitlines() if line.startswith("ListenStream=")]
        text = (PACKAGE / "tollgate.yaml").read_text()
        self.assertEqual(len(listens), 3)
        for address in listens:
            host, _, port = address.rpartition(":")
            self.assertIn(f"address: {host}, port: {port}" if port.isdigit() else f"socket: {address}", text)


@unittest.skipUnless(BINARY, "TOLLGATE_BINARY is not set")
class Program(unittest.TestCase):
    def test_it_takes_the_packages_configuration(self):
        with tempfile.TemporaryDirectory() as directory:
            shutil.copy(PACKAGE / "tollgate.yaml", directory)
            done = run(BINARY, "check", "--config", pathlib.Path(directory) / "tollgate.yaml")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("0 APIs, 0 routes, no errors", done.stdout)

    def test_groff_takes_the_manual_pages(self):
        for page in ("tollgate.1", "tollgate.yaml.5"):
            text = run(BINARY, "manual", page).stdout
            self.assertTrue(text.startswith(".TH tollgate"), text[:80])
            if shutil.which("groff"):
                self.assertEqual(run("groff", "-Kutf8", "-man", "-ww", "-z", "-Tutf8", input=text).stderr, "", page)

    def test_shells_take_their_completions(self):
        for shell, check in (("bash", ["-n"]), ("zsh", ["-n"]), ("fish", ["--no-execute"])):
            with self.subTest(shell=shell), tempfile.NamedTemporaryFile("w") as file:
                text = run(BINARY, "completion", shell).stdout
                self.assertIn("token", text)
                file.write(text)
                file.flush()
                if shutil.which(shell):
                    self.assertEqual(run(shell, *check, file.name).stderr, "")

    def test_bash_completes(self):
        def completed(*words):
            quoted = " ".join(f"'{w}'" for w in words)
            script = (f"eval \"$('{BINARY}' completion bash)\"; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; "
                      '_tollgate; echo "${COMPREPLY[*]}"')
            return run("bash", "-c", script).stdout.split()
        self.assertEqual(completed("tollgate", "tok"), ["token"])
        self.assertEqual(completed("tollgate", "token", "rev"), ["revoke"])
        self.assertEqual(completed("tollgate", "--socket", "/x", "audit", "ver"), ["verify"])
        self.assertIn("--scope", completed("tollgate", "token", "create", "--sc"))
        self.assertIn("--config", completed("tollgate", "token", "create", "--c"))


if __name__ == "__main__":
    unittest.main()
