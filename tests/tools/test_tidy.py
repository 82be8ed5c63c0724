#!/usr/bin/env python3
"""Tests of tools/tidy.py: each rule has a small tree that must pass and one that must fail, at a known place."""
import json
import pathlib
import subprocess
import sys
import tempfile
import tomllib
import unittest

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(TOP / "tools"))
import tidy  # noqa: E402
import tidy_headers  # noqa: E402

FLOORS = tomllib.loads((TOP / "tools/tidy.toml").read_text())["floors"]
HEADER = "// {name} - an example.\n#pragma once\n{rest}"


def header(name, rest=""):
    return HEADER.format(name=name, rest=rest)


def architecture(floors):
    return "".join(f"| {floor} | `{name}` | what lives there |\n" for name, floor in floors.items())


def links(floors):
    return "".join(f"tollgate_module({name})\n" for name in floors)


def clean_tree():
    files = {f"src/{name}/README.md": "A line.\n" * 12 for name in FLOORS}
    files["ARCHITECTURE.md"] = architecture(FLOORS)
    files["src/CMakeLists.txt"] = links(FLOORS)
    files["tools/tidy.toml"] = (TOP / "tools/tidy.toml").read_text()
    files["tools/ratchet.json"] = "{}\n"
    files["conf/contracts/acme-pay.yaml"] = "name: Acme Pay  # invented\n"
    return files


class Case(unittest.TestCase):
    def tree(self, changes):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        for path, text in {**clean_tree(), **changes}.items():
            if text is None:
                continue
            file = pathlib.Path(directory.name, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return directory.name

    def found(self, changes):
        return [f"{p.path}:{p.line}: {p.rule}" for p in tidy.problems(self.tree(changes))]

    def passes(self, changes, message=""):
        self.assertEqual(self.found(changes), [], message)

    def fails(self, changes, *where):
        self.assertEqual(self.found(changes), sorted(where), changes)


class CleanTree(Case):
    def test_passes(self):
        self.passes({})


class Floors(Case):
    def test_downward_is_allowed(self):
        self.passes({"src/rules/a.cpp": '#include "tollgate/codec/json.hpp"\n#include "rules/b.hpp"\n',
                     "tests/unit/rules/a_test.cpp": '#include "rules/b.hpp"\n#include "support/x.hpp"\n#include "tollgate/base/error.hpp"\n',
                     "tests/flow/a_test.cpp": '#include "tollgate/app/server.hpp"\n',
                     "src/main/main.cpp": '#include "tollgate/app/cli.hpp"\n'})

    def test_upward_and_sideways_are_not(self):
        self.fails({"src/rules/a.cpp": '\n#include "tollgate/gateway/x.hpp"\n'}, "src/rules/a.cpp:2: floors")
        self.fails({"src/codec/a.cpp": '#include "tollgate/crypto/sha256.hpp"\n'}, "src/codec/a.cpp:1: floors")
        self.fails({"include/tollgate/base/a.hpp": header("a.hpp", '#include "tollgate/model/token.hpp"\n')}, "include/tollgate/base/a.hpp:3: floors")
        self.fails({"tests/unit/base/a_test.cpp": '#include "tollgate/app/cli.hpp"\n'}, "tests/unit/base/a_test.cpp:1: floors")

    def test_private_headers_stay_private(self):
        self.fails({"src/app/a.cpp": '#include "gateway/exchange.hpp"\n'}, "src/app/a.cpp:1: floors")
        self.fails({"src/app/a.cpp": '#include "../app/b.hpp"\n'}, "src/app/a.cpp:1: floors")

    def test_a_module_without_floor(self):
        self.passes({"src/control/a.cpp": '#include "embedded/files.hpp"\n'})
        self.fails({"src/control/a.cpp": '#include "elsewhere/files.hpp"\n'}, "src/control/a.cpp:1: floors")
        self.fails({"src/extra/a.cpp": '#include "tollgate/base/error.hpp"\n'}, "src/extra/a.cpp:1: floors")

    def test_what_is_commented_out_does_not_count(self):
        self.passes({"src/base/a.cpp": '// #include "tollgate/app/cli.hpp"\n/*\n#include "tollgate/app/cli.hpp"\n*/\n'})

    def test_tables_agree(self):
        wrong = {**FLOORS, "rules": 4}
        rows = list(FLOORS)
        self.fails({"ARCHITECTURE.md": architecture(wrong)}, f"ARCHITECTURE.md:{rows.index('rules') + 1}: floors")
        self.fails({"ARCHITECTURE.md": architecture({n: f for n, f in FLOORS.items() if n != "net"})}, "ARCHITECTURE.md:1: floors")
        self.fails({"src/CMakeLists.txt": links(FLOORS) + "tollgate_module(extra)\n"}, f"src/CMakeLists.txt:{len(FLOORS) + 1}: floors")
        self.fails({"src/CMakeLists.txt": links({n: f for n, f in FLOORS.items() if n != "net"})}, "src/CMakeLists.txt:1: floors")
        up = links(FLOORS).replace("tollgate_module(base)", "tollgate_module(base USES model LINKS yaml-cpp)")
        self.fails({"src/CMakeLists.txt": up}, "src/CMakeLists.txt:1: floors")
        self.passes({"src/CMakeLists.txt": links(FLOORS).replace("tollgate_module(model)", "tollgate_module(model USES base)")})
        self.passes({"src/CMakeLists.txt": links(FLOORS).replace("tollgate_module(model)", "tollgate_module(model USES base PRECOMPILE <map>)")})


class Homes(Case):
    HOMES = [  # header, a module where it lives, one where it does not
        ("boost/json.hpp", "codec", "registry"), ("boost/json/value.hpp", "codec", "rules"), ("boost/url.hpp", "codec", "net"),
        ("yaml-cpp/yaml.h", "codec", "app"), ("boost/beast/http/basic_parser.hpp", "codec", "net"), ("openssl/evp.h", "crypto", "net"),
        ("sodium.h", "crypto", "registry"), ("rocksdb/db.h", "store", "registry"), ("boost/asio/ip/tcp.hpp", "net", "gateway"),
        ("boost/beast/core.hpp", "net", "codec"), ("CLI/CLI.hpp", "app", "base"), ("csignal", "app", "net"), ("signal.h", "app", "net"),
    ]

    def test_each_library_has_one_home(self):
        for include, home, elsewhere in self.HOMES:
            with self.subTest(include):
                self.passes({f"src/{home}/a.cpp": f"#include <{include}>\n"})
                self.fails({f"src/{elsewhere}/a.cpp": f"\n\n#include <{include}>\n"}, f"src/{elsewhere}/a.cpp:3: home")

    def test_exemptions(self):
        self.passes({"src/third_party/json.cpp": "#include <boost/json/src.hpp>\n", "tests/support/a.cpp": "#include <boost/asio.hpp>\n",
                     "src/codec/a.cpp": "#include <boost/asio/buffer.hpp>\n"})
        self.fails({"src/codec/a.cpp": "#include <boost/asio/awaitable.hpp>\n"}, "src/codec/a.cpp:1: home")


class Banned(Case):
    CALLS = [  # rule, path, line that fails, line that passes
        ("clock", "src/rules/a.cpp", "auto t = std::chrono::steady_clock::now();", "auto t = time.now();"),
        ("abort", "src/net/a.cpp", "    std::abort();", "    stream.abort();"),
        ("abort", "src/net/a.cpp", "if (x) abort();", "void abort() noexcept override;"),
        ("detach", "src/app/a.cpp", "worker.detach();", "worker.join();"),
        ("detach", "src/net/a.cpp", "co_spawn(ex, f(), asio::detached);", "group.spawn(f());"),
        ("sleep", "tests/unit/net/a.cpp", "std::this_thread::sleep_for(1ms);", "done.wait();"),
        ("sleep", "src/net/a.cpp", "usleep(5);", "wait(5);"),
        ("rand", "tests/unit/net/a.cpp", "int x = rand();", "int x = operand();"),
        ("print", "src/store/a.cpp", 'std::fprintf(stderr, "x");', 'log.info("printf(x)");'),
        ("print", "src/store/a.cpp", "std::cout << 1;", "// std::cout << 1;"),
        ("throw", "src/gateway/a.cpp", "throw std::runtime_error(x);", "return refusal::bad_request;  // never throw"),
        ("environment", "src/net/a.cpp", 'std::getenv("X");', "environment of_host;"),
        ("unbounded", "src/base/a.cpp", "std::strcpy(a, b);", "std::snprintf(a, n, b);"),
    ]

    def test_calls(self):
        for rule, path, bad, good in self.CALLS:
            with self.subTest(bad):
                self.fails({path: f"int x;\n{bad}\n"}, f"{path}:2: {rule}")
                self.passes({path: f"int x;\n{good}\n"}, good)

    def test_homes_of_calls(self):
        self.passes({"src/base/a.cpp": "auto t = std::chrono::system_clock::now();\nstd::abort();\n", "src/app/a.cpp": 'std::getenv("X");\n',
                     "tests/support/a.cpp": "std::this_thread::sleep_for(1ms);\n", "src/main/main.cpp": 'std::puts("x");\n',
                     "src/store/a.cpp": "throw 1;\n"})

    def test_literals_and_comments_do_not_count(self):
        self.passes({"src/net/a.cpp": 'auto s = "std::abort()"; /* throw\n throw */ auto r = R"x(throw ")x"; char c = \'"\'; int n = 1\'000;\n'})
        self.fails({"src/net/a.cpp": "int n = 1'000;\nthrow n'000;\n"}, "src/net/a.cpp:2: throw")

    def test_using_namespace_in_headers(self):
        self.fails({"src/net/a.hpp": header("a.hpp", "using namespace std;\n")}, "src/net/a.hpp:3: using")
        self.passes({"src/net/a.hpp": header("a.hpp", "using namespace std::chrono_literals;\n"), "src/net/a.cpp": "using namespace std;\n"})


class Headers(Case):
    def test_comment_and_pragma(self):
        self.passes({"src/net/a.hpp": "// a.hpp - a thing.\n//\n// Threads: any.\n#pragma once\n\nint x;\n"})
        self.fails({"src/net/a.hpp": "#pragma once\n"}, "src/net/a.hpp:1: header")
        self.fails({"src/net/a.hpp": "// b.hpp - another's name.\n#pragma once\n"}, "src/net/a.hpp:1: header")
        self.fails({"src/net/a.hpp": "// a.hpp - a thing.\nint x;\n#pragma once\n"}, "src/net/a.hpp:2: header")
        self.fails({"src/net/a.hpp": "// a.hpp - a thing.\n"}, "src/net/a.hpp:1: header")


class Texts(Case):
    def test_blanks(self):
        self.fails({"README.md": "a \n"}, "README.md:1: blanks")
        self.fails({"src/net/a.cpp": "int a;\n\tint b;\n"}, "src/net/a.cpp:2: blanks")
        self.fails({"conf/a.yaml": "a: 1"}, "conf/a.yaml:1: blanks")
        self.passes({"README.md": "a\n", "conf/a.yaml": ""})

    def test_open_ends_name_an_issue(self):
        mark = "TO" + "DO"
        self.fails({"src/net/a.cpp": f"// {mark}: later\n"}, "src/net/a.cpp:1: todo")
        self.fails({"tools/a.py": f"# {mark}(me): later\n"}, "tools/a.py:1: todo")
        self.passes({"src/net/a.cpp": f"// {mark}(#12): until then, none\n"})


class Ratchet(Case):
    LONG = "int a;\n" * 401
    WIDE = "//" + "x" * 149 + "\n"

    def test_limits(self):
        self.passes({"src/net/a.cpp": "int a;\n" * 400, "src/net/b.cpp": "//" + "x" * 148 + "\n", "README.md": "x" * 200 + "\n"})
        self.fails({"src/net/a.cpp": self.LONG}, "src/net/a.cpp:401: size")
        self.fails({"src/net/a.cpp": "int a;\n" + self.WIDE}, "src/net/a.cpp:2: size")
        self.fails({"tools/a": "#!/bin/sh\n" + self.LONG}, "tools/a:402: size")

    def test_exceptions_may_not_grow_nor_be_generous(self):
        def allow(lines):
            return json.dumps({"max_lines": {"src/net/a.cpp": lines}}) + "\n"
        self.passes({"src/net/a.cpp": self.LONG, "tools/ratchet.json": allow(401)})
        self.fails({"src/net/a.cpp": self.LONG + "int b;\n", "tools/ratchet.json": allow(401)}, "src/net/a.cpp:402: size")
        self.fails({"src/net/a.cpp": self.LONG, "tools/ratchet.json": allow(500)}, "src/net/a.cpp:1: size")
        self.fails({"src/net/a.cpp": "int a;\n", "tools/ratchet.json": allow(401)}, "src/net/a.cpp:1: size")
        self.fails({"tools/ratchet.json": allow(401)}, "tools/ratchet.json:1: size")

    def test_lowering(self):
        given = {"max_lines": {"src/net/a.cpp": 500, "src/net/b.cpp": 401, "src/net/c.cpp": 450, "src/net/gone.cpp": 450}}
        root = self.tree({"src/net/a.cpp": self.LONG, "src/net/b.cpp": self.LONG + "int b;\n", "src/net/c.cpp": "int c;\n",
                          "tools/ratchet.json": json.dumps(given)})
        tidy.lower_ratchet(root)
        written = json.loads(pathlib.Path(root, "tools/ratchet.json").read_text())
        self.assertEqual(written, {"max_lines": {"src/net/a.cpp": 401, "src/net/b.cpp": 401}})


class Names(Case):
    def test_no_cpp_names_a_system(self):
        for text in ("// as Acme Pay has it", 'auto x = "acme-pay";', "int acme_pay = 1;", "int ACMEPAY_MODE;"):
            with self.subTest(text):
                self.fails({"src/rules/a.cpp": f"int x;\n{text}\n"}, "src/rules/a.cpp:2: names")
        self.fails({"src/rules/acme_pay.cpp": "int x;\n"}, "src/rules/acme_pay.cpp:1: names")

    def test_elsewhere_it_may_be_named(self):
        self.passes({"tests/flow/a_test.cpp": "// acme pay\n", "conf/a.yaml": "acme-pay: 1\n", "src/rules/a.cpp": "int macme_paying;\n"})

    def test_the_generic_contract_is_no_system(self):
        self.passes({"conf/contracts/generic.yaml": "formats: []\n", "src/rules/a.cpp": "int generic;\n"})


class Readmes(Case):
    def test_length(self):
        self.fails({"src/net/README.md": None}, "src/net/README.md:1: readme")
        self.fails({"src/net/README.md": "A line.\n" * 9}, "src/net/README.md:1: readme")
        self.fails({"src/net/README.md": "A line.\n" * 41}, "src/net/README.md:1: readme")
        self.passes({"src/net/README.md": "A line.\n" * 40})


class CommandLine(Case):
    def run_tidy(self, changes):
        return subprocess.run([sys.executable, TOP / "tools/tidy.py", "--root", self.tree(changes)], capture_output=True, text=True, timeout=60)

    def test_exit_status_and_output(self):
        clean = self.run_tidy({})
        self.assertEqual((clean.returncode, clean.stdout), (0, "tidy: nothing to mend\n"))
        dirty = self.run_tidy({"src/net/a.cpp": "throw 1;\n"})
        self.assertEqual(dirty.returncode, 1)
        self.assertIn("src/net/a.cpp:1: throw: ", dirty.stdout)


class HeadersAlone(Case):
    def check(self, changes):
        root = pathlib.Path(self.tree({"src/net/a.cpp": "int a;\n", **changes})).resolve()
        build = root / "build"
        build.mkdir(exist_ok=True)
        command = f"ccache clang++-19 -I{root}/include -std=gnu++20 -Xclang -include-pch -Xclang none.pch -Werror=x -o a.o -c {root}/src/net/a.cpp"
        (build / "compile_commands.json").write_text(json.dumps([{"directory": str(build), "file": f"{root}/src/net/a.cpp", "command": command}]))
        return root, build

    def test_self_contained_or_not(self):
        good = header("a.hpp", "#include <vector>\ninline std::vector<int> f() { return {}; }\n")
        bad = header("b.hpp", "inline std::vector<int> g() { return {}; }\n")
        root, build = self.check({"include/tollgate/net/a.hpp": good, "src/net/b.hpp": bad})
        self.assertEqual([path for path, _ in tidy_headers.check(root, build, 2)], ["src/net/b.hpp"])
        self.assertEqual(list(json.loads((build / "tidy_headers.json").read_text())), ["include/tollgate/net/a.hpp"])

    def test_a_header_is_compiled_again_when_what_it_includes_changes(self):
        lower = header("low.hpp", "#include <vector>\n")
        upper = header("up.hpp", '#include "tollgate/base/low.hpp"\ninline std::vector<int> f() { return {}; }\n')
        root, build = self.check({"include/tollgate/base/low.hpp": lower, "include/tollgate/net/up.hpp": upper})
        self.assertEqual(list(tidy_headers.check(root, build, 2)), [])
        (root / "include/tollgate/base/low.hpp").write_text(header("low.hpp"))
        self.assertEqual([path for path, _ in tidy_headers.check(root, build, 2)], ["include/tollgate/net/up.hpp"])


if __name__ == "__main__":
    unittest.main()
