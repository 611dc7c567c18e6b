#!/bin/bash
# Install the XMPP clients of other people that `make accept-clients` drives. Running it again installs nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

POEZIO=0.18
CONVERSE=14.0.0

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

missing=()
for package in go-sendxmpp profanity tmux libnss3-tools openssl; do
  dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ]; then
  as_root apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}"
fi

if ! .venv-clients/bin/python -m pip show poezio 2>/dev/null | grep -qx "Version: $POEZIO"; then
  python3 -m venv .venv-clients
  .venv-clients/bin/python -m pip install -qq --disable-pip-version-check "poezio==$POEZIO"
fi

if ! grep -qs "\"version\": \"$CONVERSE\"" .clients/node_modules/converse.js/package.json; then
  mkdir -p .clients
  npm install --silent --no-audit --no-fund --ignore-scripts --prefix .clients "converse.js@$CONVERSE"
fi
echo 'setup_clients: everything is here'
