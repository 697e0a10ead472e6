#!/usr/bin/env bash
# All checks of a change:  bash test/all.sh [STEP...]     steps: build unit lint clients acceptance
# Each step prints what it runs and its runners' own closing lines. Installs what it needs (test/env.sh says where).
# At the end: what failed and what was skipped. Fails if any step did.
source "$(dirname "$0")/env.sh"
[ $# -gt 0 ] || set -- build unit lint clients acceptance
ARGAN_SKIPS=$(mktemp)
export ARGAN_SKIPS
trap 'rm -f "$ARGAN_SKIPS"' EXIT
failures=()
for step in "$@"; do
  started=$SECONDS
  say "$step: bash test/$step.sh"
  bash "test/$step.sh" || failures+=("$step")
  printf -- '-- %s took %d s\n' "$step" $((SECONDS - started))
done

say "SKIPPED"
if [ -s "$ARGAN_SKIPS" ]; then sort "$ARGAN_SKIPS"; else printf 'nothing\n'; fi
say "all steps"
if [ ${#failures[@]} -gt 0 ]; then
  printf 'FAILED: %s\n' "${failures[*]}"
fi
printf 'steps: %d passed, %d failed\n' $(($# - ${#failures[@]})) ${#failures[@]}
[ ${#failures[@]} -eq 0 ]
