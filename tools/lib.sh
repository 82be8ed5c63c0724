# lib.sh - what tools/{run,test,bench,lint,format} share. Sourced, never run.
# shellcheck shell=bash

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=${TOLLGATE_JOBS:-$(nproc)}

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$*"; exit 1; }

# build_preset PRESET TARGET... [-- CMAKE_ARGS...]: configures and builds; everything it prints goes to stderr.
build_preset() {
    local preset=$1 targets=() extra=()
    shift
    while [ $# -gt 0 ] && [ "$1" != -- ]; do targets+=("$1"); shift; done
    [ $# -gt 0 ] && { shift; extra=("$@"); }
    cd "$top" || return 1
    cmake --preset "$preset" "${extra[@]}" >&2 || return 1
    cmake --build --preset "$preset" --parallel "$jobs" --target "${targets[@]}" >&2
}
