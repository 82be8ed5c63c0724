#!/usr/bin/env python3
"""Keeps documents true: every command in a `sh` block is run here or named with the test that runs it, every link leads somewhere,
and every test that a table names exists.

TOLLGATE_BINARY names the program; without it the commands that need one are skipped.
"""
import json
import os
import pathlib
import re
import select
import signal
import subprocess
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
DOCUMENTS = ["README.md", "CONTRIBUTING.md"]
BINARY = os.environ.get("TOLLGATE_BINARY")

# Command -> (exit code, text in its output) where it is run here beside a demo; a sentence where it is not.
BY_HAND = "starts everything from nothing: .ci/run and a clean clone show it"
COMMANDS = {
    "tools/run": BY_HAND,
    "tools/test": BY_HAND,
    "tools/bench": "minutes long; its parts are what it runs",
    "tools/install-deps build test": "what tools/test begins with",
    "cmake --preset dev": "what tools/test begins with",
    "cmake --build --preset dev --target unit_rules": "what tools/test begins with",
    "ctest --test-dir build-dev -R unit_rules --output-on-failure": "a part of what runs this test",
    "tools/tidy.py": "the test `tidy`",
    "tools/format --check": "the test `format`",
    'build/tollgate serve --config "$CONFIG"': "the demo serves; a second one beside it has to be refused",
    'build/tollgate token create --socket "$SOCKET" --api payrequest --name "Bookkeeping" --scope billing.read > token.txt': (0, ""),
    'build/tollgate token list --socket "$SOCKET" --api payrequest': (0, "tok_"),
    'build/tollgate token show --socket "$SOCKET" "$ID"': (0, "billing.read"),
    'build/tollgate token verify --socket "$SOCKET" < token.txt': (0, "tok_"),
    'build/tollgate token update --socket "$SOCKET" "$ID" --name "Bookkeeping 2" --scope billing.read --scope customers.read':
        (0, "Bookkeeping 2"),
    'build/tollgate token rotate --socket "$SOCKET" "$ID" --grace 24h': (0, "pr_"),
    'build/tollgate token finish-grace --socket "$SOCKET" "$ID"': (0, "customers.read"),
    'build/tollgate token disable --socket "$SOCKET" "$ID"': (0, "disabled"),
    'build/tollgate token enable --socket "$SOCKET" "$ID"': (0, "active"),
    'build/tollgate token revoke --socket "$SOCKET" "$ID"': (0, ""),
    'build/tollgate token revoke --socket "$SOCKET" --owner alice --issued-before 2026-01-01T00:00:00Z --yes': (0, "0 tokens are revoked"),
    'build/tollgate usage --socket "$SOCKET" "$ID"': (0, "last_used_at"),
    'build/tollgate audit --socket "$SOCKET"': (0, "token.revoke"),
    'build/tollgate audit verify --socket "$SOCKET"': (0, "0 findings"),
    'curl -s -u "$KEY_ID:$KEY" -d grant_type=client_credentials http://partner.localhost:8080/oauth/token': (0, '"expires_in":3600'),
    'build/tollgate user add --socket "$SOCKET" --api payrequest --email ada@example.org --first-name Ada': (0, "usr_"),
    'build/tollgate user list --socket "$SOCKET" --api payrequest': (0, "ada@example.org"),
    'build/tollgate client add --socket "$SOCKET" --api payrequest --name "Bookkeeper" --redirect-uri https://app.example/callback': (0, "ocs_"),
    'build/tollgate client list --socket "$SOCKET"': (0, "Bookkeeper"),
    'build/tollgate export --socket "$SOCKET" > tokens.ndjson': (0, ""),
    'build/tollgate import --socket "$SOCKET" tokens.ndjson': (0, "imported 0, there already "),
    'build/tollgate backup --socket "$SOCKET" copy': (0, "has been read through"),
    'build/tollgate restore --config "$CONFIG" copy': "a running gateway has the store: flow_backup_test",
    'build/tollgate check --config "$CONFIG"': (0, ""),
    'build/tollgate routes --config "$CONFIG" --api paylera': (0, "/v1/payments"),
    'build/tollgate explain --config "$CONFIG" --api paylera POST /v1/payments/pay_1/refund': (None, "payments:refund"),
    'build/tollgate diff --config "$CONFIG" --socket "$SOCKET"': (0, "0 would be refused"),
    'build/tollgate diff --config "$CONFIG" --socket "$SOCKET" --api paylera --document "$DOCUMENT" --since 90d': (0, "0 would be refused"),
    "curl -s http://127.0.0.1:8081/readyz": (0, ""),
    "curl -s http://127.0.0.1:8081/metrics": (0, "tollgate_requests_total"),
}


def commands(text):
    """The commands of the `sh` blocks of a document, in order; continued lines are joined."""
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S):
        for line in block.replace("\\\n", "").splitlines():
            if line.strip() and not line.startswith("#"):
                yield re.sub(r"\s+", " ", line.strip())


def all_commands():
    return [c for d in DOCUMENTS for c in commands((TOP / d).read_text())]


def boost_tests():
    """Suites and cases, suites also without their `_test`."""
    sources = "".join(p.read_text() for p in (TOP / "tests").rglob("*.cpp"))
    found = set(re.findall(r"BOOST_(?:AUTO|DATA|FIXTURE)_TEST_(?:SUITE|CASE)\(\s*(\w+)", sources))
    return found | {name.removesuffix("_test") for name in found}


def ctest_names():
    """Of tests that are no programs of Boost.Test's."""
    lists = "".join(p.read_text() for p in (TOP / "tests").rglob("CMakeLists.txt"))
    return set(re.findall(r"(?:_tool_test\(|add_test\(NAME )(\w+)", lists))


class Documents(unittest.TestCase):
    def test_every_command_is_known(self):
        written = all_commands()
        self.assertEqual([c for c in written if c not in COMMANDS], [], "a command in a document without a row in COMMANDS")
        self.assertEqual([c for c in COMMANDS if c not in written], [], "a row in COMMANDS that no document has")

    def test_every_link_leads_somewhere(self):
        documents = [TOP / d for d in (*DOCUMENTS, "ARCHITECTURE.md", "SECURITY.md", "CHANGELOG.md", "tests/REQUIREMENTS.md", "conf/README.md")]
        for document in documents:
            for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text()):
                with self.subTest(document=document.name, target=target):
                    self.assertTrue((document.parent / target).exists(), f"{document.name} links {target}, which is not there")

    def test_every_test_of_security_exists(self):
        """The last column of SECURITY.md's tables that end in `test`: suites or cases of Boost.Test, scripts for varnishtest, fuzz targets, what
        tools/ measures or tortures, and tests of CTest's."""
        named = set()
        for table in re.findall(r"^\|.*\| test \|\n\|[-|]+\|\n((?:\|.*\n)+)", (TOP / "SECURITY.md").read_text(), re.M):
            for row in table.splitlines():
                named.update(re.findall(r"`([^`]+)`", row.rsplit("|", 2)[1]))
        folders = {"wire": "tests/wire/*.vtc", "fuzz": "tests/fuzz/*.cpp", "torture": "tests/torture/*.py"}
        there = boost_tests() | {n for kind, files in folders.items() for p in TOP.glob(files) for n in (p.stem, f"{kind}: {p.stem}")}
        there |= {f"tools/measure {p.stem}" for p in (TOP / "bench/claims").glob("*.py")}
        there |= ctest_names()
        self.assertEqual(sorted(named - there), [], "SECURITY.md names tests that do not exist")
        self.assertGreater(len(named), 100, "the tables were not found")

    def test_every_test_of_a_requirement_exists(self):
        """The third column of tests/REQUIREMENTS.md: `flow: case, suite/case, unit: suite; console: file, file (case); clients: file`."""
        boost, tools, seen = boost_tests(), ctest_names(), 0
        for row in re.findall(r"^\| ([A-Z]+-\d+ \|.*)\|$", (TOP / "tests/REQUIREMENTS.md").read_text(), re.M):
            number, _, tests, state = (cell.strip() for cell in re.split(r"(?<!\\)\|", row))
            kind, files = "", []
            tests = re.sub(r"((?:flow|unit): [^;]*?) \([^)]*\)", r"\1", tests)  # a remark
            for one in re.split(r"[;,]\s*", tests) if state.startswith("covered") else []:
                kind, name = one.split(": ", 1) if ": " in one else (kind, one)
                with self.subTest(requirement=number, test=f"{kind}: {name}"):
                    seen += 1
                    if kind in ("console", "clients"):
                        file, _, case = name.partition(" (")
                        path = TOP / "tests" / kind / f"{file}.test.mjs"
                        self.assertTrue(path.exists())
                        files.append(path.read_text())
                        if case:
                            self.assertTrue(all(case.rstrip(")") in text for text in files), "a file has no such case")
                            files = []
                    elif kind == "tools":
                        self.assertIn(name, tools)
                    else:
                        self.assertIn(kind, ("flow", "unit"))
                        self.assertEqual([n for n in name.split("/") if n not in boost], [])
        self.assertGreater(seen, 150, "the tables were not found")


@unittest.skipUnless(BINARY, "TOLLGATE_BINARY is not set")
class Commands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        command = [BINARY, "demo", "--json", "--gateway", "127.0.0.1:0", "--console", "127.0.0.1:0"]
        cls.demo = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                    cwd=cls.directory.name)
        try:
            ready, _, _ = select.select([cls.demo.stdout], [], [], 60)
            cls.said = json.loads(cls.demo.stdout.readline()) if ready else None
        except json.JSONDecodeError:
            cls.said = None
        if not cls.said:
            cls.stop()
            raise AssertionError("the demo did not say within a minute that it is ready: " + cls.demo.stderr.read()[-2000:])

    @classmethod
    def stop(cls):
        if cls.demo.poll() is None:
            cls.demo.send_signal(signal.SIGTERM)
        try:
            return cls.demo.wait(timeout=60)
        except subprocess.TimeoutExpired:
            cls.demo.kill()
            cls.demo.wait()
            return None

    @classmethod
    def tearDownClass(cls):
        cls.stop()
        cls.demo.stdout.close()
        cls.demo.stderr.close()
        cls.directory.cleanup()

    def run_one(self, command, **more):
        line = command.replace("build/tollgate", BINARY)
        line = line.replace("127.0.0.1:8081", self.said["console"]).replace("127.0.0.1:8080", self.said["gateway"])
        line = line.replace("localhost:8080", "localhost:" + self.said["gateway"].rsplit(":", 1)[1])
        environment = {**os.environ, "SOCKET": self.said["socket"], "CONFIG": self.said["config"],
                       "DOCUMENT": str(TOP / "conf/openapi/paylera.yaml"),
                       "KEY_ID": self.said["apis"]["partner"]["key_id"], "KEY": self.said["apis"]["partner"]["token"], **more}
        return subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60, cwd=self.directory.name, env=environment,
                              stdin=subprocess.DEVNULL)

    def test_commands_do_what_the_documents_say(self):
        identity = ""
        for command in all_commands():
            how = COMMANDS[command]
            if isinstance(how, str):
                continue
            code, text = how
            done = self.run_one(command, ID=identity)
            with self.subTest(command):
                if code is not None:
                    self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(text, done.stdout)
            if " token create " in command:
                self.assertTrue(pathlib.Path(self.directory.name, "token.txt").read_text().startswith("pr_"))
                listing = self.run_one('build/tollgate token list --json --socket "$SOCKET" --api payrequest')
                identity = max(re.findall(r"tok_[0-9a-z]{26}", listing.stdout), default="")  # ids sort by time

    def test_printed_curl_lines_answer_200(self):
        lines = []
        for name, api in self.said["apis"].items():
            lines.append((name, api["curl"]))
            if "sandbox" in api:
                lines.append((name + ", sandbox", api["sandbox"]["curl"]))
        self.assertGreaterEqual(len(lines), 6)
        for name, line in lines:
            with self.subTest(name):
                done = self.run_one(line.replace("curl ", "curl -s -o /dev/null -w '%{http_code}' ", 1))
                self.assertEqual(done.stdout[-3:], "200", f"{line}\n{done.stdout}{done.stderr}")


class Stopping(unittest.TestCase):
    @unittest.skipUnless(BINARY, "TOLLGATE_BINARY is not set")
    def test_the_demo_leaves_nothing_behind(self):
        with tempfile.TemporaryDirectory() as directory:
            command = [BINARY, "demo", "--json", "--gateway", "127.0.0.1:0", "--console", "127.0.0.1:0"]
            demo = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, "TMPDIR": directory})
            try:
                self.assertTrue(select.select([demo.stdout], [], [], 60)[0], "the demo says nothing")
                config = pathlib.Path(json.loads(demo.stdout.readline())["config"])
                self.assertTrue(config.exists())
                demo.send_signal(signal.SIGINT)
                self.assertEqual(demo.wait(timeout=60), 0)
            finally:
                if demo.poll() is None:
                    demo.kill()
                demo.stdout.close()
                demo.wait()
            self.assertFalse(config.parent.exists(), "its directory is still there")
            self.assertEqual(os.listdir(directory), [])


if __name__ == "__main__":
    unittest.main()
