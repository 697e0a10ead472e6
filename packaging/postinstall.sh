#!/bin/sh
# The user that the service runs as.
set -e
if ! getent passwd argan >/dev/null; then
  useradd --system --user-group --home-dir /var/lib/argan --shell /usr/sbin/nologin argan
fi
if command -v systemctl >/dev/null && [ -d /run/systemd/system ]; then
  systemctl daemon-reload
fi
