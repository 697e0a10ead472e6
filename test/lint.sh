#!/usr/bin/env bash
# Formatting and lint. A finding fails; a tool that cannot be built is SKIPPED, aloud.
source "$(dirname "$0")/env.sh"
failed=0

say "gofmt"
unformatted=$(git ls-files -z '*.go' | xargs -0 gofmt -l)
if [ -n "$unformatted" ]; then
  printf 'not formatted (make fmt):\n%s\n' "$unformatted"
  failed=1
fi

say "bash -n"
while IFS= read -r script; do
  bash -n "$script" || failed=1
done < <(git ls-files '*.sh' '.ci/run')

say "golangci-lint"
if go_tool github.com/golangci/golangci-lint/v2/cmd/golangci-lint; then
  "$TOOL" run --allow-parallel-runners --max-same-issues 0 ./... || failed=1
else
  skipped golangci-lint "it could not be built"
fi
exit $failed
