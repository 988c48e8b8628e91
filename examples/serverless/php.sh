#!/usr/bin/env bash
# Serves a page of PHP with php-cgi as the guest, asks for it in several ways, and checks the answers.
#
# Usage: examples/serverless/php.sh [SCRATCH]     (SCRATCH as given to examples/real/setup.sh, which fetches php-cgi)
#
# SERVERLESS=path/to/guesthouse-serverless uses that binary instead of building one.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
scratch=${1:-$repository/target/real}
[ -e "$scratch/php.wasm" ] || { echo "run examples/real/setup.sh ${scratch} first" >&2; exit 2; }

if [ -z "${SERVERLESS:-}" ]; then
    (cd "$repository" && cargo build --quiet --release -p guesthouse-serverless)
    SERVERLESS=${CARGO_TARGET_DIR:-$repository/target}/release/guesthouse-serverless
fi

work=$(mktemp -d)
touch "$work/log"
"$SERVERLESS" --image "$here/php" --guest "$scratch/php.wasm" --script /www/index.php --env PHPRC=/etc --listen 127.0.0.1:0 \
    --memory 128MiB --timeout 30s 2>"$work/log" &
server=$!
trap 'kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
# php-cgi is 13 MB, and compiled now.
for _ in $(seq 600); do
    url=$(sed -n 's/^serving on //p' "$work/log")
    [ -n "$url" ] && break
    kill -0 "$server" || { cat "$work/log" >&2; exit 1; }
    sleep 0.1
done
[ -n "$url" ] || { echo 'the server does not start' >&2; exit 1; }

failed=0
# check NAME EXPECTED CURL-ARGUMENT...: the answer, as far as it is printed, must be the expected one.
check() {
    local name=$1 expected=$2 answer
    shift 2
    answer=$(curl --silent --show-error --max-time 60 "$@" | tr -d '\r')
    if [ "$answer" = "$expected" ]; then
        echo "$name: ok"
    else
        printf '%s: expected\n%s\nbut the answer is\n%s\n' "$name" "$expected" "$answer"
        failed=1
    fi
}

check 'a query' 'Hello, Grace & Ada. You are visitor number 42.' "$url/?name=Grace+%26+Ada"
check 'the next request' 'Hello, guest. You are visitor number 42.' "$url/"
check 'a form' '{"form":{"name":"Eve","room":"12"},"cookie":{"floor":"1"},"agent":"test"}' \
    -A test -b floor=1 -d room=12 --data-urlencode name=Eve "$url/form"
check 'a cookie' 'room=12' -o /dev/null -w '%header{set-cookie}' -d room=12 "$url/form"
check 'an upload' "notes.txt 5 $(printf hello | md5sum | cut -d' ' -f1)" -F 'file=@-;filename=notes.txt' "$url/upload" < <(printf hello)
check 'a static file' "$(cat "$here/php/www/static/style.css")
 200 text/css; charset=utf-8" -w ' %{http_code} %{content_type}' "$url/static/style.css"
check 'a redirect' "302 $url/" -o /dev/null -w '%{http_code} %{redirect_url}' "$url/lobby"
check 'a database' 42 "$url/sqlite"
check 'a page that is missing' 'no such page
 404' -w ' %{http_code}' "$url/elsewhere"
check 'a page that fails' 500 -o /dev/null -w '%{http_code}' "$url/fails"

kill -TERM "$server"
wait "$server" || { echo 'the server did not stop cleanly'; failed=1; }
exit "$failed"
