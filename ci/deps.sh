#!/bin/sh
# Installs what the tests need beyond Go, Node.js, npm, make and gcc. On a
# Debian machine, as root, it installs Debian's packages; anywhere else it
# names what is missing and fails. npm packages come from the lock file.
set -u
cd "$(dirname "$0")/.." || exit 1

missing=
for tool in go node npm gcc; do
  command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
done
if [ -n "$missing" ]; then
  echo "make deps: missing, and to be installed by you:$missing" >&2
  exit 1
fi
if ! node -e 'process.exit(parseInt(process.versions.node, 10) >= 20 ? 0 : 1)'; then
  echo "make deps: Node.js 20 or newer is needed, this is $(node --version)" >&2
  exit 1
fi

# command:Debian package
wanted=
for pair in chromium:chromium redis-server:redis-server curl:curl; do
  command -v "${pair%%:*}" >/dev/null 2>&1 || wanted="$wanted ${pair##*:}"
done
if [ -n "$wanted" ]; then
  if [ -f /etc/debian_version ] && command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "deps  apt-get install$wanted"
    mkdir -p .cache
    if ! (
      export DEBIAN_FRONTEND=noninteractive
      # A package that is only recommended, or a service that starts itself,
      # is not wanted: tests start their own servers.
      RUNLEVEL=1; export RUNLEVEL
      apt-get update -q && apt-get install -q -y --no-install-recommends $wanted
    ) >.cache/apt.log 2>&1 </dev/null; then
      tail -n 20 .cache/apt.log >&2
      echo "make deps: apt-get could not install$wanted (above: the end of .cache/apt.log)" >&2
      exit 1
    fi
  else
    echo "make deps: missing, and installed for you only on Debian as root:$wanted" >&2
    echo "  chromium      any Chromium or Chrome that answers to the name chromium in PATH" >&2
    echo "  redis-server  Redis 6 or newer" >&2
    echo "  curl          for the commands of README.md" >&2
    exit 1
  fi
fi

# npm ci empties node_modules first, so run it only when the lock has changed.
stamp=ci/node/node_modules/.rtmauth-lock
if ! cmp -s ci/node/package-lock.json "$stamp"; then
  echo "deps  npm ci (ci/node)"
  mkdir -p .cache
  if ! npm ci --prefix ci/node --ignore-scripts --no-audit --no-fund >.cache/npm.log 2>&1 </dev/null; then
    tail -n 20 .cache/npm.log >&2
    echo "make deps: npm ci failed (above: the end of .cache/npm.log)" >&2
    exit 1
  fi
  cp ci/node/package-lock.json "$stamp"
fi
