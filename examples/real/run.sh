#!/usr/bin/env bash
# Runs each real program twice through `guesthouse`, once with its whole filesystem in memory and once with its files in a
# directory of the host, and checks that both runs print what is expected and leave nothing behind.
#
# Usage: examples/real/run.sh [SCRATCH] [NAME...]     (SCRATCH as given to setup.sh; names of programs, default all)
#
# GUESTHOUSE=path/to/guesthouse uses that binary instead of building one.
set -euo pipefail
real=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$real/../.." && pwd)
scratch=${1:-$repository/target/real}
shift || true
names=("$@")
[ ${#names[@]} -gt 0 ] || names=(python ruby php sqlite archive clang)
[ -e "$scratch/archive.wasm" ] || { echo "run $real/setup.sh ${scratch} first" >&2; exit 2; }
scratch=$(cd "$scratch" && pwd)

if [ -z "${GUESTHOUSE:-}" ]; then
    (cd "$repository" && cargo build --quiet --release -p guesthouse)
    GUESTHOUSE=${CARGO_TARGET_DIR:-$repository/target}/release/guesthouse
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Runs the program NAME in `memory` or on the `host`, and prints what it prints.
program() {
    local name=$1 place=$2 mounts=()
    [ "$place" = memory ] || mounts=(--dir "$work/files::/tmp")
    case $name in
    python) "$GUESTHOUSE" run "${mounts[@]}" --copy "$scratch/python/usr::/usr" --copy "$real::/scripts" \
        "$scratch/python.wasm" /scripts/python_files.py ;;
    ruby) "$GUESTHOUSE" run "${mounts[@]}" --copy "$real::/scripts" "$scratch/ruby.wasm" /scripts/ruby_files.rb ;;
    php) "$GUESTHOUSE" run "${mounts[@]}" --copy "$real::/scripts" "$scratch/php.wasm" -q /scripts/php_files.php ;;
    sqlite | archive) "$GUESTHOUSE" run "${mounts[@]}" "$scratch/$name.wasm" ;;
    clang) compile "$place" "${mounts[@]}" ;;
    esac
}

# Compiles a C program in the guest's tree, links it there, and runs the result. Compiler and linker are separate guests: what
# one leaves in /made is there for the next, in memory by copying it in and out.
compile() {
    local place=$1 made="$work/made"
    shift
    rm -rf "$made"
    mkdir "$made"
    local handed=(--copy "$made::/made" --copy-out "/made::$made")
    [ "$place" = memory ] || handed=(--dir "$made::/made")
    "$GUESTHOUSE" run "$@" "${handed[@]}" --copy "$scratch/clang/sys::/sys" --copy "$real::/scripts" \
        "$scratch/clang.wasm" -cc1 -Werror -triple wasm32-unknown-wasi -isysroot /sys -internal-isystem /sys/include \
        -internal-isystem /sys/lib/clang/8.0.1/include -O2 -emit-obj -o /made/hello.o /scripts/hello.c &&
        "$GUESTHOUSE" run "$@" "${handed[@]}" --copy "$scratch/clang/sys::/sys" \
        "$scratch/wasm-ld.wasm" --no-threads -L/sys/lib/wasm32-wasi /sys/lib/wasm32-wasi/crt1.o /made/hello.o -lc \
        -o /made/hello.wasm &&
        "$GUESTHOUSE" run "$@" "$made/hello.wasm" one two
}

failed=0
for name in "${names[@]}"; do
    mkdir "$work/files"
    for place in memory host; do
        status=0
        program "$name" "$place" >"$work/output" 2>"$work/errors" || status=$?
        if [ "$status" -ne 0 ]; then
            echo "$name in $place: failed with status $status"
            cat "$work/output"
            failed=1
        elif ! diff -u "$real/expected/$name.txt" "$work/output"; then
            echo "$name in $place: the output is not the expected one"
            failed=1
        else
            echo "$name in $place: ok"
        fi
        cat "$work/errors" >&2
    done
    if ! rmdir "$work/files"; then
        echo "$name left files behind"
        rm -rf "$work/files"
        failed=1
    fi
done
exit "$failed"
