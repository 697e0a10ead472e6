#!/usr/bin/env bash
# Real clients: everything in test/clients that can be run, in the order of names: the scripts themselves and the file
# `run` of each folder. They find the binary in ARGAN and start servers of their own (test/env.sh helps). Exit 77 means
# skipped; the last line printed says why.
source "$(dirname "$0")/env.sh"
build_argan
passed=0 failed=0 skips=0
out=$(mktemp)
trap 'rm -f "$out"' EXIT
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
say "clients"
[ $((passed + failed + skips)) -gt 0 ] || skipped clients "there are none in test/clients"
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skips"
[ "$failed" -eq 0 ]
