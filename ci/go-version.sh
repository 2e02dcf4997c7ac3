#!/bin/sh
# Says first, and in one sentence, when Go is absent or older than go.mod asks.
# A Go from 1.21 on with GOTOOLCHAIN=auto fetches the right one by itself, so
# that what it answers here is already new enough.
cd "$(dirname "$0")/.." || exit 1
need=$(sed -n 's/^go \([0-9][0-9.]*\)$/\1/p' go.mod)
if ! command -v go >/dev/null 2>&1; then
  echo "rtmauth needs Go $need or newer, and no go command was found: install it from https://go.dev/dl/" >&2
  exit 1
fi
have=$(go version | sed -n 's/^go version [^ ]*go\([0-9][0-9.]*\).*/\1/p')
case $have in
  '') exit 0 ;; # a development build of Go; go.mod has the last word
esac
if [ "$(printf '%s\n%s\n' "$need" "$have" | sort -t. -k1,1n -k2,2n -k3,3n | head -n1)" != "$need" ]; then
  echo "rtmauth needs Go $need or newer, and this is Go $have: install a newer one from https://go.dev/dl/, or let Go 1.21 and newer fetch it with GOTOOLCHAIN=auto" >&2
  exit 1
fi
