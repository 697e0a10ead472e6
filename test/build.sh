#!/usr/bin/env bash
# Everything compiles, and the binary is static.
source "$(dirname "$0")/env.sh"
say "go build ./..."
go build ./...
build_argan
"$ARGAN" version
if command -v file >/dev/null && [ "$(go env GOOS)" = linux ]; then
  file "$ARGAN" | grep -q 'statically linked' || { printf 'bin/argan is not static\n'; exit 1; }
fi
printf 'built bin/argan, %s bytes\n' "$(wc -c <"$ARGAN")"
