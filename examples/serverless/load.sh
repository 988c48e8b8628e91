#!/usr/bin/env bash
# Loads the server with wrk, which shares the processors with it, and prints requests a second, latency, and memory for each request in flight. About three minutes.
#
# Usage: examples/serverless/load.sh [SCRATCH]     (default: target/serverless, which receives wrk from Debian's packages unless it is installed)
#
# SERVERLESS=path/to/guesthouse-serverless uses that binary instead of building one. RUNS (3), SECONDS_EACH (10), CONNECTIONS (16) and HELD (256) can be set.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
scratch=${1:-$repository/target/serverless}
runs=${RUNS:-3} seconds=${SECONDS_EACH:-10} connections=${CONNECTIONS:-16} held=${HELD:-256}
mkdir -p "$scratch"
scratch=$(cd "$scratch" && pwd)

setup_wrk() {
    if command -v wrk >/dev/null; then
        wrk=wrk
        return
    fi
    wrk=$scratch/wrk/usr/bin/wrk
    export LD_LIBRARY_PATH=$scratch/wrk/usr/lib/$(uname -m)-linux-gnu
    [ -x "$wrk" ] && return
    # Unpacked, not installed: nothing of the machine is changed.
    (cd "$scratch" && apt-get download --quiet wrk libluajit-5.1-2 libluajit2-5.1-2 && for package in *.deb; do dpkg -x "$package" wrk; done)
}

setup_wrk
if [ -z "${SERVERLESS:-}" ]; then
    (cd "$repository" && cargo build --quiet --release -p guesthouse-serverless)
    SERVERLESS=${CARGO_TARGET_DIR:-$repository/target}/release/guesthouse-serverless
fi

log=$scratch/log
start() {
    : >"$log"
    "$SERVERLESS" --image "$here/site" --guest "$here/guest/guestbook.wasm" --listen 127.0.0.1:0 --admin 127.0.0.1:0 "$@" 2>"$log" &
    server=$!
    until metrics=$(sed -n 's/^metrics on //p' "$log") && [ -n "$metrics" ]; do
        kill -0 "$server"
        sleep 0.1
    done
    url=$(sed -n 's/^serving on //p' "$log")
}
stop() {
    kill "$server"
    wait "$server" || true
}
trap 'kill "$server" 2>/dev/null || true' EXIT

# Requests a second, and the latencies below which half and 99 of 100 requests stay; of several runs, that with the median rate.
measure() {
    local name=$1 path=$2 threads=1 run
    for run in $(seq "$runs"); do
        "$wrk" --threads "$threads" --connections "${3:-$connections}" --duration "${seconds}s" --latency "$url$path" |
            awk '/50%/ { half = $2 } /99%/ { most = $2 } /Requests\/sec/ { rate = $2 } /Non-2xx/ { bad = " BAD: " $0 }
                END { print rate, half, most bad }'
    done | sort -n | sed -n "$(((runs + 1) / 2))p" | { read -r rate half most; printf '%-28s %9s requests/s   p50 %8s   p99 %s\n' "$name" "$rate" "$half" "$most"; }
}

rss() { awk '/^VmRSS/ { print $2 }' "/proc/$server/status"; }
metric() { curl --silent "$metrics" | awk -v name="$1" '$1 == name { print $2 }'; }

echo "$(nproc) processors, shared with wrk; $connections connections; the median of $runs runs of $seconds s"
start
measure 'a trivial page' /hello
measure 'a page from templates' /
measure 'a static file' /static/style.css
measure 'the same, one connection' /static/style.css 1
curl --silent --output /dev/null --data 'name=Eve&words=hello' "$url/"
echo "forks, private bytes: $(metric guesthouse_fork_private_bytes_max) at most; guests, linear memory: $(metric guesthouse_guest_memory_bytes_max) bytes at most (a form was posted)"
stop

start --timeout 1s
"$wrk" --threads 1 --connections 16 --duration "$((seconds * runs + 5))s" "$url/misbehave/loop" >/dev/null &
loopers=$!
sleep 1
measure 'a page, while 16 guests loop' /
wait "$loopers"
stop

start --guests "$held" --timeout 60s
rest=$(rss)
"$wrk" --threads 1 --connections "$held" --duration 5s "$url/misbehave/sleep" >/dev/null &
sleep 3
running=$(metric guesthouse_guests_running) during=$(rss)
wait $!
echo "memory: $rest KiB at rest, $during KiB with $running requests in flight: $(((during - rest) / running)) KiB each"
stop
