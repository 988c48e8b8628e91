#!/usr/bin/env bash
# Rebuilds every .wasm of this folder, of spec-tests/guests and of cli/tests/guests, from its source and says whether it came out as committed.
#
# Usage: examples/guests/build.sh [SCRATCH]
#
# SCRATCH receives the C toolchain (default: target/guests, which git ignores); nothing else of the machine is changed,
# except that rustup gets the target wasm32-wasip1. The versions are pinned, since other ones give other bytes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
scratch=${1:-$here/../../target/guests}
mkdir -p "$scratch"
scratch=$(cd "$scratch" && pwd)

rust=1.95.0
zig=0.17.0

setup_rust() {
    rustup target list --toolchain "$rust" --installed 2>/dev/null | grep -qx wasm32-wasip1 && return
    rustup toolchain install "$rust" --profile minimal --target wasm32-wasip1
}

setup_zig() {
    [ -x "$scratch/venv/bin/python" ] || python3 -m venv "$scratch/venv"
    "$scratch/venv/bin/python" -m pip install --quiet --disable-pip-version-check "ziglang==$zig"
    zig_home=$("$scratch/venv/bin/python" -c 'import ziglang; print(ziglang.__path__[0])')
}

# The standard library's extensions for WASI (symlinks, positional reads, link counts) are not stable yet: RUSTC_BOOTSTRAP.
rust_guest() {
    RUSTC_BOOTSTRAP=1 rustc "+$rust" --edition 2024 --target wasm32-wasip1 -D warnings \
        -C opt-level=s -C lto -C codegen-units=1 -C panic=abort -C strip=symbols "$@"
}

c_guest() {
    "$scratch/venv/bin/python" -m ziglang cc -target wasm32-wasi -std=c17 -Wall -Wextra -Werror \
        "-ffile-prefix-map=$PWD=." "-ffile-prefix-map=$zig_home=/zig" "$@"
    # zig makes its output executable for the owner only, whatever the umask; a module is data.
    chmod 644 "${@: -1}"
}

setup_rust
setup_zig
cd "$here"
before=$(sha256sum ./*.wasm ../../{spec-tests,cli/tests}/guests/*.wasm 2>/dev/null || true)
rust_guest tour/main.rs -o tour.wasm
chmod 644 tour.wasm
c_guest -Oz -s show.c -o show.wasm
c_guest -Oz -s fill.c -o fill.wasm
c_guest -Oz -s echo.c -o echo.wasm
c_guest -O1 -g -nostdlib -Wl,--no-entry sum.c -o sum.wasm
c_guest -Oz -s ../../spec-tests/guests/calls.c -o ../../spec-tests/guests/calls.wasm
c_guest -Oz -s ../../cli/tests/guests/steps.c -o ../../cli/tests/guests/steps.wasm
for guest in ./*.wasm ../../{spec-tests,cli/tests}/guests/*.wasm; do
    if grep -qF "$(sha256sum "$guest")" <<<"$before"; then echo "${guest##*/}: as committed"; else echo "${guest##*/}: CHANGED"; fi
done
