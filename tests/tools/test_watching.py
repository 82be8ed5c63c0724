#!/usr/bin/env python3
"""Keeps conf/grafana true: every metric that the dashboard and the alerts ask for is one that a running gateway shows, under names as Prometheus
wants them. Where promtool is there (Debian's package prometheus), it checks the metrics and the rules, and runs the rules' own tests.

TOLLGATE_BINARY names the program; without it nothing can be asked.
"""
import json
import os
import pathlib
import re
import select
import shutil
import signal
import subprocess
import tempfile
import unittest
import urllib.request

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
HERE = TOP / "conf" / "grafana"
BINARY = os.environ.get("TOLLGATE_BINARY")
PROMTOOL = os.environ.get("PROMTOOL") or shutil.which("promtool")


def expressions():
    """(where, expression) of every panel, variable and alert."""
    board = json.loads((HERE / "dashboard.json").read_text())
    for panel in board["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["name"], variable["definition"]
    for line in re.split(r"\n\s*- alert: ", (HERE / "alerts.yaml").read_text())[1:]:
        yield line.split("\n")[0], line.split("labels:")[0].split("expr:")[1]


def asked_for():
    return [(where, name) for where, e in expressions() for name in re.findall(r"\btollgate_\w+", e)]


class Shape(unittest.TestCase):
    def test_there_is_something_to_check(self):
        self.assertGreater(len({name for _, name in asked_for()}), 15)
        self.assertEqual({where for where, e in expressions() if not re.search(r"\btollgate_\w+|\bup\{", e)}, set())

    @unittest.skipUnless(PROMTOOL, "promtool is not there (Debian: prometheus)")
    def test_the_rules_and_their_tests(self):
        for arguments in (["check", "rules", "alerts.yaml"], ["test", "rules", "alerts.test.yaml"]):
            done = subprocess.run([PROMTOOL, *arguments], cwd=HERE, capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


@unittest.skipUnless(BINARY, "TOLLGATE_BINARY is not set")
class Metrics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as directory:
            demo = subprocess.Popen([BINARY, "demo", "--json", "--gateway", "127.0.0.1:0", "--console", "127.0.0.1:0"], cwd=directory,
                                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            try:
                ready, _, _ = select.select([demo.stdout], [], [], 60)
                said = json.loads(demo.stdout.readline()) if ready else None
                if not said:
                    raise AssertionError("the demo did not say within a minute that it is ready")
                sample = said["apis"]["payrequest"]
                request = urllib.request.Request(f"http://{said['gateway']}/api/v1/invoices",
                                                 headers={"Host": sample["host"], "Authorization": f"Bearer {sample['token']}"})
                urllib.request.urlopen(request, timeout=30).read()
                for _ in range(10_000):  # an exchange is counted after its answer
                    with urllib.request.urlopen(f"http://{said['console']}/metrics", timeout=30) as answer:
                        cls.text = answer.read().decode()
                    if "\ntollgate_requests_total{" in cls.text:
                        break
            finally:
                demo.send_signal(signal.SIGTERM)
                demo.wait(timeout=60)
                demo.stdout.close()

    def test_every_name_that_is_asked_for_is_shown(self):
        types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", self.text, re.M))
        shown = set(types)
        for name, kind in types.items():
            if kind == "histogram":
                shown |= {f"{name}_{part}" for part in ("bucket", "sum", "count")}
        for where, name in asked_for():
            with self.subTest(where=where):
                self.assertIn(name, shown)

    def test_names_follow_prometheus(self):
        for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", self.text, re.M):
            with self.subTest(name=name):
                self.assertRegex(name, r"^tollgate_[a-z_]+$")
                self.assertEqual(kind == "counter", name.endswith("_total"))
                self.assertNotRegex(name, r"_(ms|us|milliseconds|microseconds|kb|mb)(_|$)")
        self.assertIn('route="/invoices', self.text.replace('route="/api/v1', 'route="'), "routes are templates")

    @unittest.skipUnless(PROMTOOL, "promtool is not there (Debian: prometheus)")
    def test_promtool_has_nothing_to_say(self):
        done = subprocess.run([PROMTOOL, "check", "metrics"], input=self.text, capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
