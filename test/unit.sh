#!/usr/bin/env bash
# go vet and the tests beside the code. Arguments go to both (default ./...).
source "$(dirname "$0")/env.sh"
[ $# -gt 0 ] || set -- ./...
failed=0
say "go vet $*"
go vet "$@" || failed=1
say "go test $*"
go run ./test/gotest "$@" | tee >(sed -n 's/^SKIPPED /unit test /p' >>"$ARGAN_SKIPS") || failed=1
exit $failed
