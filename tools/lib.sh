# lib.sh - what tools/{run,test,bench,lint,format} share. Sourced, never run.
# shellcheck shell=bash

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=${TOLLGATE_JOBS:-$(nproc)}

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$*"; exit 1; }

# The build directory of a preset (CMakePresets.json).
preset_directory() { if [ "$1" = release ]; then echo "$top/build"; else echo "$top/build-$1"; fi; }

# Every C++ file of the project, one a line, below the top.
cpp_files() { (cd "$top" && find include src tests bench -name '*.[ch]pp' | sort); }

# build_preset PRESET TARGET... [-- CMAKE_ARGUMENT...]: configures and builds; what it prints goes to stderr.
build_preset() {
    local preset=$1 targets=()
    shift
    while [ $# -gt 0 ] && [ "$1" != -- ]; do targets+=("$1"); shift; done
    [ $# -eq 0 ] || shift
    cd "$top" || return 1
    cmake --preset "$preset" "$@" >&2 || return 1
    cmake --build --preset "$preset" --parallel "$jobs" --target "${targets[@]}" >&2
}
