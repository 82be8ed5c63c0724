#!/usr/bin/env python3
"""Compiles each header of include/ and src/ alone: a header that needs another one first says so here.

    tools/tidy_headers.py --build DIR [--jobs N]     DIR holds compile_commands.json; results are kept in DIR/tidy_headers.json

A header is compiled again only when it, a header of ours that it includes, or the flags have changed.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import tidy

KEPT = ("-I", "-D", "-std=", "-f", "-m", "--std=")
KEPT_WITH_VALUE = ("-isystem", "-I", "-D")
DROPPED = ("-fpch", "-flto", "-fsanitize", "-fprofile", "-fcoverage", "-ffile-prefix-map", "-Winvalid-pch")


def flags_of(command):
    """(compiler, flags) of a compile command: language and include flags, without precompiled headers, linking, sanitizers."""
    words = shlex.split(command)
    compiler = next((w for w in words if pathlib.PurePath(w).name.startswith("clang++")), "clang++-19")
    flags, i = [], 0
    while i < len(words):
        word = words[i]
        if word in ("-Xclang", "-include", "-include-pch", "-o", "-MF", "-MT", "-MQ"):
            i += 2
            continue
        if word in KEPT_WITH_VALUE:
            flags += words[i:i + 2]
            i += 2
            continue
        if word.startswith(KEPT) and not word.startswith(DROPPED):
            flags.append(word)
        i += 1
    return compiler, flags


def flags_by_module(build, root):
    """Flags of any source of each module; "" holds those of the first source at all."""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        command = entry.get("command") or shlex.join(entry["arguments"])
        file = pathlib.Path(entry["directory"], entry["file"])
        if file.is_relative_to(root / "src") and "third_party" not in file.parts:
            found.setdefault(file.relative_to(root / "src").parts[0], flags_of(command))
            found.setdefault("", flags_of(command))
    return found


def closure(tree, path, seen=None):
    """The headers of ours that `path` includes, directly or not, itself among them."""
    seen = set() if seen is None else seen
    if path in seen:
        return seen
    seen.add(path)
    for _, quote, target in tidy.includes(tree.files[path]):
        for candidate in (f"include/{target}", f"src/{target}"):
            if candidate in tree.files:
                closure(tree, candidate, seen)
    return seen


def compile_alone(root, path, compiler, flags):
    name = path.split("/", 1)[1]
    command = [compiler, *flags, f"-I{root / 'src'}", "-fsyntax-only", "-x", "c++", "-"]
    done = subprocess.run(command, input=f'#include "{name}"\n', capture_output=True, text=True, cwd=root, timeout=300)
    return "" if done.returncode == 0 else done.stderr


def check(root, build, jobs):
    """Yields (path, what the compiler said) of each header that does not compile alone."""
    tree = tidy.Tree(root)
    by_module = flags_by_module(build, root)
    if not by_module:
        raise SystemExit(f"{build}/compile_commands.json names no source of src/: configure first (cmake --preset dev)")
    cache_file = build / "tidy_headers.json"
    known = json.loads(cache_file.read_text()) if cache_file.exists() else {}
    keys, todo = {}, []
    for path, _ in tree.cpp():
        if not path.startswith(("include/", "src/")) or not path.endswith(".hpp"):
            continue
        compiler, flags = by_module.get(tree.module_of(path)[0], by_module[""])
        digest = hashlib.sha256(json.dumps([compiler, flags]).encode())
        for part in sorted(closure(tree, path)):
            digest.update(part.encode() + b"\0" + tree.files[part].encode())
        keys[path] = digest.hexdigest()
        if known.get(path) != keys[path]:
            todo.append((path, compiler, flags))
    good = {path: key for path, key in keys.items() if known.get(path) == key}
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        said = pool.map(lambda item: compile_alone(root, *item), todo)
        for (path, _, _), text in zip(todo, said):
            if text:
                yield path, text
            else:
                good[path] = keys[path]
    cache_file.write_text(json.dumps(good, indent=0, sort_keys=True))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--root", default=pathlib.Path(__file__).resolve().parent.parent, type=pathlib.Path)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    failed = 0
    for path, text in check(options.root.resolve(), options.build.resolve(), options.jobs):
        failed += 1
        first = next((line for line in text.splitlines() if "error:" in line), text.strip())
        print(f"{path}:1: alone: include what it uses; the compiler says: {first}")
    print(f"tidy_headers: {failed} to mend" if failed else "tidy_headers: each header compiles alone")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
