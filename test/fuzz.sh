#!/usr/bin/env bash
# Every fuzz target for a while:  bash test/fuzz.sh [SECONDS-EACH]
source "$(dirname "$0")/env.sh"
seconds=${1:-30}
passed=0 failed=0
while IFS=: read -r file target; do
  say "$target in $(dirname "$file"), $seconds s"
  if go test "./$(dirname "$file")" -run '^$' -fuzz "^$target\$" -fuzztime "${seconds}s"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi
done < <(git grep -oE '^func Fuzz[A-Za-z0-9_]+' -- '*_test.go' | sed 's/func //')
say "fuzz targets"
[ $((passed + failed)) -gt 0 ] || skipped fuzz "there is no fuzz target"
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
