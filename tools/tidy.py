#!/usr/bin/env python3
"""Holds the tree to the house's rules: floors, homes of libraries, banned calls, headers, sizes, names.

    tools/tidy.py [--root DIR]           prints `file:line: rule: what to do`, a line each; exit 1 if there is any
    tools/tidy.py --lower-ratchet        writes lower figures into tools/ratchet.json where files have shrunk

The rules are data: tools/tidy.toml. That headers compile alone is checked by tools/tidy_headers.py.
"""
import argparse
import dataclasses
import json
import pathlib
import re
import sys
import tomllib

CPP = {".cpp", ".hpp"}
CODE = CPP | {".py", ".sh", ".cmake", ""}  # "": scripts
TEXT = CPP | {".py", ".sh", ".cmake", ".txt", ".md", ".yaml", ".yml", ".json", ".toml", ".js", ".css", ".html", ".service", ""}
SKIPPED_DIRECTORIES = {".git", "node_modules", "__pycache__"}
GENERIC_CONTRACTS = {"generic", "default"}


@dataclasses.dataclass(frozen=True, order=True)
class Problem:
    path: str
    line: int
    rule: str
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.rule}: {self.text}"


# Comments, string and character literals, each kept as blanks of the same shape so that line numbers hold.
_SKIP = re.compile(
    r'//[^\n]*|/\*.*?\*/|\b(?:u8|[uUL])?R"(?P<d>[^()\\\s]{0,16})\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'',
    re.S)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">\n]+)[">]', re.M)


def code_only(text):
    """C++ `text` without comments and literals, line by line the same. Includes stay."""
    def blank(m):
        before = text[text.rfind("\n", 0, m.start()) + 1:m.start()]
        return m.group() if re.fullmatch(r"[ \t]*#[ \t]*include[ \t]*", before) else re.sub(r"[^\n]", " ", m.group())
    return _SKIP.sub(blank, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


class Tree:
    """The files that are looked at, and what the rules ask about them."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        with open(self.root / "tools/tidy.toml", "rb") as f:
            self.rules = tomllib.load(f)
        self.floors = self.rules["floors"]
        ratchet = self.root / "tools/ratchet.json"
        self.ratchet = json.loads(ratchet.read_text()) if ratchet.exists() else {}
        self.files = {}  # path below the root -> text
        for entry in self.rules["look_at"]:
            self._read(self.root / entry)

    def _read(self, path):
        if path.is_dir() and not path.is_symlink():
            for child in sorted(path.iterdir()):
                if child.name not in SKIPPED_DIRECTORIES:
                    self._read(child)
        elif path.is_file() and path.suffix in TEXT:
            try:
                self.files[path.relative_to(self.root).as_posix()] = path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                pass  # a test vector, not a text

    def cpp(self):
        return ((p, t) for p, t in self.files.items() if pathlib.PurePath(p).suffix in CPP)

    def module_of(self, path):
        """(module, whether it is a test) of a file; module is None where the floors do not apply."""
        parts = path.split("/")
        if parts[:2] == ["include", "tollgate"] and len(parts) > 3:
            return parts[2], False
        if parts[0] == "src" and len(parts) > 2:
            return ("app" if parts[1] == "main" else parts[1]) if parts[1] != "third_party" else None, False
        if parts[:2] == ["tests", "unit"] and len(parts) > 3:
            return parts[2], True
        return None, parts[0] in ("tests", "bench")

    def is_under(self, path, places):
        """Whether `path` lies in one of `places`: prefixes of paths, or names of modules."""
        for place in places:
            prefixes = [f"include/tollgate/{place}/", f"src/{place}/"] if place in self.floors else [place + "/"]
            if any(path.startswith(p) for p in prefixes):
                return True
        return False


def includes(text):
    """(line, quote, target) of each include that is not commented out."""
    code = code_only(text)
    for m in _INCLUDE.finditer(code):
        yield line_of(code, m.start()), m.group(1), m.group(2)


def check_floors(tree):
    for path, text in tree.cpp():
        module, is_test = tree.module_of(path)
        for line, quote, target in includes(text):
            if target.startswith(("../", "./")):
                yield Problem(path, line, "floors", f"include {target} by its full name, \"tollgate/<module>/…\" or \"<module>/…\"")
                continue
            if module is None or quote != '"':
                continue
            parts = target.split("/")
            private = parts[0] != "tollgate"
            other = parts[0] if private else parts[1] if len(parts) > 2 else None
            if module not in tree.floors:
                yield Problem(path, line, "floors", f"module {module} has no floor; tools/tidy.toml gives it one")
                break
            if other not in tree.floors:
                if not is_test and len(parts) > 1 and other not in tree.rules["generated"]:
                    yield Problem(path, line, "floors", f"{target} belongs to no module of the floors")
                continue
            if other == module:
                continue
            if private:
                yield Problem(path, line, "floors", f"{target} is private to {other}; move what is shared into include/tollgate/{other}")
            elif tree.floors[other] >= tree.floors[module]:
                what = "a neighbour" if tree.floors[other] == tree.floors[module] else "a higher floor"
                yield Problem(path, line, "floors", f"{module} is on floor {tree.floors[module]}; {other} on {tree.floors[other]} is {what}")


def check_floor_tables(tree):
    """src/CMakeLists.txt links along the floors; ARCHITECTURE.md prints the same table."""
    path = "src/CMakeLists.txt"
    text = tree.files.get(path, "")
    linked = {}
    for m in re.finditer(r"^tollgate_module\((\w+)([^)]*)\)", text, re.M):
        name, line = m.group(1), line_of(text, m.start())
        uses = re.search(r"\bUSES\b(.*?)(?:\bLINKS\b|\bPRECOMPILE\b|$)", m.group(2), re.S)
        linked[name] = line
        if name not in tree.floors:
            yield Problem(path, line, "floors", f"module {name} has no floor in tools/tidy.toml")
            continue
        for other in uses.group(1).split() if uses else []:
            if tree.floors.get(other, 99) >= tree.floors[name]:
                yield Problem(path, line, "floors", f"{name} links {other}, which is no lower floor")
    for name in tree.floors.keys() - linked.keys():
        yield Problem(path, 1, "floors", f"module {name} of tools/tidy.toml is not built: tollgate_module({name} …)")
    path = "ARCHITECTURE.md"
    text = tree.files.get(path, "")
    printed = {}
    for number, line in enumerate(text.splitlines(), 1):
        row = re.match(r"\|\s*(\d+)\s*\|([^|]*)\|", line)
        for name in re.findall(r"`(\w+)`", row.group(2)) if row else []:
            printed[name] = int(row.group(1))
            if tree.floors.get(name) != int(row.group(1)):
                yield Problem(path, number, "floors", f"{name} is on floor {tree.floors.get(name, 'none')} in tools/tidy.toml")
    for name in tree.floors.keys() - printed.keys():
        yield Problem(path, 1, "floors", f"the table of floors lacks {name}")


def check_homes(tree):
    for path, text in tree.cpp():
        module, is_test = tree.module_of(path)
        if module is None or is_test:
            continue
        for line, _, target in includes(text):
            for home in tree.rules["homes"]:
                if module in home["modules"] or not target.startswith(tuple(home["headers"])):
                    continue
                if target.startswith(tuple(home.get("also", {}).get(module, ()))):
                    continue
                yield Problem(path, line, "home", f"{home['library']} lives in {', '.join(home['modules'])} only ({target}): {home['instead']}")


def check_banned(tree):
    for path, text in tree.cpp():
        code = None
        for rule in tree.rules["banned"]:
            if not tree.is_under(path, rule["in"]) or tree.is_under(path, rule.get("except", ())) or path.startswith("src/third_party/"):
                continue
            if rule.get("headers_only") and not path.endswith(".hpp"):
                continue
            code = code_only(text) if code is None else code
            for m in re.finditer(rule["pattern"], code):
                yield Problem(path, line_of(code, m.start()), rule["name"], f"`{' '.join(m.group().split())}` is not used here: {rule['instead']}")


def check_headers(tree):
    for path, text in tree.cpp():
        if not path.endswith(".hpp"):
            continue
        name = path.rsplit("/", 1)[1]
        if not re.match(rf"// {re.escape(name)} - \S", text):
            yield Problem(path, 1, "header", f"begin with `// {name} - ` and what it is, what it is not for, threads, lifetime, bounds, errors")
        first = re.search(r"^(?!//|\s*$).*$", text, re.M)
        if not first or first.group() != "#pragma once":
            yield Problem(path, line_of(text, first.start()) if first else 1, "header", "#pragma once stands right below the comment")


def check_texts(tree):
    for path, text in tree.files.items():
        suffix = pathlib.PurePath(path).suffix
        for number, line in enumerate(text.split("\n"), 1):
            if line != line.rstrip():
                yield Problem(path, number, "blanks", "blanks at the end of the line")
            if "\t" in line:
                yield Problem(path, number, "blanks", "a tab; indent by blanks")
            if suffix in CODE and re.search(r"\b(?:TO[D]O|FIX[M]E|X[X]X)\b(?!\(#\d+\))", line):
                yield Problem(path, number, "todo", "finish it, or name its issue: TODO(#12)")
        if text and not text.endswith("\n"):
            yield Problem(path, text.count("\n") + 1, "blanks", "the last line has no end")


def sizes(tree):
    """(path, what, figure, limit) of every measured file."""
    for path, text in tree.files.items():
        head = text[:40]
        if pathlib.PurePath(path).suffix in CPP | {".py"} or (head.startswith("#!") and "sh" in head.split("\n")[0]):
            lines = text.split("\n")
            yield path, "max_lines", text.count("\n"), tree.rules["max_lines"]
            yield path, "max_line_length", max(map(len, lines)), tree.rules["max_line_length"]


def check_ratchet(tree):
    seen = set()
    for path, what, figure, limit in sizes(tree):
        allowed = tree.ratchet.get(what, {}).get(path)
        if allowed is not None:
            seen.add((what, path))
        if figure > max(limit, allowed or 0):
            lines = [len(line) for line in tree.files[path].split("\n")]
            line, remedy = (lines.index(figure) + 1, "wrap it") if what == "max_line_length" else (figure, "split the file along an idea")
            yield Problem(path, line, "size", f"{what} is {figure}, the limit {max(limit, allowed or 0)}: {remedy}")
        elif allowed is not None and (figure < allowed or allowed <= limit):
            yield Problem(path, 1, "size", f"{what} is down to {figure}: lower its {allowed} in tools/ratchet.json (tools/tidy.py --lower-ratchet)")
    for what, entries in tree.ratchet.items():
        for path in entries:
            if (what, path) not in seen:
                yield Problem("tools/ratchet.json", 1, "size", f"{what} names {path}, which is not there (tools/tidy.py --lower-ratchet)")


def system_names(tree):
    """Names of the systems that conf/contracts describes, as patterns."""
    names = set()
    for path, text in tree.files.items():
        m = re.fullmatch(r"conf/contracts/([^/]+)\.ya?ml", path)
        if not m or m.group(1) in GENERIC_CONTRACTS:
            continue
        names.add(m.group(1))
        title = re.search(r"^name:[ \t]*[\"']?([^\"'#\n]+)", text, re.M)
        if title:
            names.add(title.group(1).strip())
    return {n: r"[-_ ]?".join(map(re.escape, re.split(r"[-_ ]+", n))) for n in names}


def check_system_names(tree):
    names = system_names(tree)
    if not names:
        return
    pattern = re.compile("|".join(rf"(?<![a-z])(?:{p})(?![a-z])" for p in names.values()), re.I)
    for path, text in tree.cpp():
        if not path.startswith(("include/", "src/")):
            continue
        for m in [*pattern.finditer(path)][:1]:
            yield Problem(path, 1, "names", f"no C++ file names a system ({m.group()}): it is data in conf/")
        for m in pattern.finditer(text):
            yield Problem(path, line_of(text, m.start()), "names", f"no C++ names a system ({m.group()}): it is data in conf/")


def check_readmes(tree):
    least, most = tree.rules["readme_lines"]
    for module in tree.floors:
        path = f"src/{module}/README.md"
        count = tree.files.get(path, "").count("\n")
        if not least <= count <= most:
            yield Problem(path, 1, "readme", f"{count} lines; say in {least} to {most} what lives here, which file for what, and what not")


CHECKS = (check_floors, check_floor_tables, check_homes, check_banned, check_headers, check_texts, check_ratchet, check_system_names, check_readmes)


def problems(root, checks=CHECKS):
    tree = Tree(root)
    return sorted({p for check in checks for p in check(tree)})


def lower_ratchet(root):
    """Lowers and removes entries; never adds or raises one: that is done by hand, and seen in review."""
    tree = Tree(root)
    figures = {(what, path): (figure, limit) for path, what, figure, limit in sizes(tree)}
    lowered = {}
    for what, entries in tree.ratchet.items():
        lowered[what] = {}
        for path, allowed in sorted(entries.items()):
            figure, limit = figures.get((what, path), (0, 0))
            if figure > limit:
                lowered[what][path] = min(allowed, figure)
    (tree.root / "tools/ratchet.json").write_text(json.dumps(lowered, indent=2, sort_keys=True) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--root", default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--lower-ratchet", action="store_true")
    options = parser.parse_args()
    if options.lower_ratchet:
        lower_ratchet(options.root)
        return 0
    found = problems(options.root)
    for problem in found:
        print(problem)
    print(f"tidy: {len(found)} to mend" if found else "tidy: nothing to mend")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
