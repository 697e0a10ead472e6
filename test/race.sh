#!/usr/bin/env bash
# The tests beside the code under the race detector, which needs a C compiler.
source "$(dirname "$0")/env.sh"
[ $# -gt 0 ] || set -- ./...
say "go test -race $*"
if ! command -v "$(go env CC)" >/dev/null; then
  skipped race "there is no C compiler ($(go env CC))"
  exit 0
fi
CGO_ENABLED=1 go run ./test/gotest -race "$@"
