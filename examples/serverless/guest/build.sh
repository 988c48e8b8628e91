#!/usr/bin/env bash
# Rebuilds guestbook.wasm from its source and says whether it came out as committed. rustup gets the target wasm32-wasip1 of
# the version below; another version gives other bytes.
set -euo pipefail
cd "$(dirname "$0")"
rust=1.95.0

rustup target list --toolchain "$rust" --installed 2>/dev/null | grep -qx wasm32-wasip1 ||
    rustup toolchain install "$rust" --profile minimal --target wasm32-wasip1
before=$(sha256sum guestbook.wasm 2>/dev/null || true)
rustc "+$rust" --edition 2024 --target wasm32-wasip1 -D warnings \
    -C opt-level=s -C lto -C codegen-units=1 -C panic=abort -C strip=symbols main.rs -o guestbook.wasm
chmod 644 guestbook.wasm
if [ "$(sha256sum guestbook.wasm)" = "$before" ]; then echo 'guestbook.wasm: as committed'; else echo 'guestbook.wasm: CHANGED'; fi
