#!/usr/bin/env bash
# Real clients against one server on the demo's warehouse: everything in test/clients that can be run, in the order of
# names: the scripts themselves and the file `run` of each folder. They find the binary in ARGAN and the server in FLIGHT,
# HTTP and HIVE (host:port); run alone, they start one of their own. Exit 77 means skipped; the last line printed says why.
source "$(dirname "$0")/env.sh"
build_argan
passed=0 failed=0 skips=0
work=$(mktemp -d)
out=$work/out
trap 'stop_argan || true; rm -rf "$work"' EXIT
say "the demo's warehouse"
if ! "$ARGAN" demo --once --warehouse "$work/demo" >"$work/demo.log" 2>&1; then
  tail -30 "$work/demo.log"
  printf 'FAILED argan demo --once\n'
  failed=$((failed + 1))
fi
tail -1 "$work/demo.log"
start_argan "$work/demo" || exit 1
export FLIGHT HTTP HIVE
for client in test/clients/* test/clients/*/run; do
  [ -f "$client" ] && [ -x "$client" ] || continue
  say "$client"
  status=0
  timeout 900 "$client" 2>&1 | tee "$out" || status=$?
  case $status in
    0) passed=$((passed + 1)) ;;
    77) skipped "$client" "$(tail -1 "$out")"; skips=$((skips + 1)) ;;
    *) printf 'FAILED %s (exit %d)\n' "$client" "$status"; failed=$((failed + 1)) ;;
  esac
done
stop_argan || { printf 'FAILED the server died during the clients\n'; failed=$((failed + 1)); }
say "clients"
[ $((passed + failed + skips)) -gt 0 ] || skipped clients "there are none in test/clients"
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skips"
[ "$failed" -eq 0 ]
