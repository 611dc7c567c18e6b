#!/bin/bash
# Install what this project needs and a fresh Debian 12 lacks. Running it again installs nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

installed=()

say() { printf 'setup: %s\n' "$*"; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# --- Debian packages -------------------------------------------------------------------------

have_package() { dpkg-query --show --showformat '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }

missing_packages() {
  local package
  for package in ejabberd erlang-p1-sqlite3 erlang-p1-pgsql postgresql chromium fonts-noto-color-emoji faketime go-sendxmpp; do
    have_package "$package" || echo "$package"
  done
  python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
  # Any Node from 18 on will do, and those who have one from elsewhere keep it.
  command -v node >/dev/null || echo nodejs
  command -v npm >/dev/null || echo npm
}

# We start our own instances as the current user, so Debian's must neither run nor come back.
policy=/usr/sbin/policy-rc.d

forbid_services() {
  [ -e "$policy" ] && return
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  as_root chmod 755 "$policy"
  trap 'as_root rm -f "$policy"' EXIT
}

install_packages() {
  if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    say "these packages are missing, and without root or sudo they cannot be installed: $*" >&2
    exit 1
  fi
  local service
  forbid_services
  as_root apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@"
  for service in ejabberd postgresql; do
    if [[ " $* " == *" $service "* ]] && command -v systemctl >/dev/null; then
      as_root systemctl disable "$service"
    fi
  done
  installed+=("$@")
}

# --- Python and Node environments ------------------------------------------------------------

# A stamp holds the hash of what an environment was made from.
stamp_of() { cat -- "$@" | sha256sum | cut -d ' ' -f 1; }

is_current() { [ -e "$1" ] && [ "$(cat "$1")" = "$2" ]; }

# make_venv FOLDER EXTRAS [PACKAGE==VERSION]: the package pinned here wins over constraints.txt.
make_venv() {
  local folder=$1 extras=$2 pinned=${3:-} stamp constraints
  stamp=$(stamp_of pyproject.toml constraints.txt <(echo "$extras $pinned $PWD"))
  is_current "$folder/.stamp" "$stamp" && return
  say "making $folder"
  [ -x "$folder/bin/python" ] || python3 -m venv "$folder"
  constraints=$folder/constraints.txt
  { grep -vi "^${pinned%%==*}==" constraints.txt || true; echo "$pinned"; } >"$constraints"
  "$folder/bin/python" -m pip install -qq --disable-pip-version-check \
    --constraint "$constraints" --editable ".[$extras]"
  echo "$stamp" >"$folder/.stamp"
  installed+=("$folder")
}

# make_node_modules FOLDER
make_node_modules() {
  local folder=$1 modules stamp
  modules=$(realpath --relative-to=. "$folder/node_modules")
  stamp=$(stamp_of "$folder/package.json" "$folder/package-lock.json")
  is_current "$modules/.stamp" "$stamp" && return
  say "making $modules"
  (cd "$folder" && npm ci --silent --no-audit --no-fund --ignore-scripts)
  echo "$stamp" >"$modules/.stamp"
  installed+=("$modules")
}

# The labextension as JupyterLab loads it, and the same in the environment of the tests and the demo: pip copied
# there what was built when it installed us.
make_labextension() {
  local built=xmpp_bridge/labextension theirs=.venv/share/jupyter/labextensions/xmpp-bridge stamp
  stamp=$(find labextension -path '*/node_modules' -prune -o -path labextension/lib -prune \
    -o -type f ! -name '*.spec.*' -print0 | sort -z | xargs -0 sha256sum | stamp_of)
  if ! is_current labextension/node_modules/.built "$stamp" || [ ! -e "$built/package.json" ]; then
    say "making $built"
    rm -rf labextension/lib "$built"
    (cd labextension && npm run --silent build) &>labextension/node_modules/.build.log ||
      { cat labextension/node_modules/.build.log >&2; exit 1; }
    echo "$stamp" >labextension/node_modules/.built
    installed+=("$built")
  fi
  if [ -x .venv/bin/python ] && ! diff -rq -x install.json "$built" "$theirs" >/dev/null 2>&1; then
    mkdir -p "$theirs"
    find "$theirs" -mindepth 1 -delete
    cp -r "$built/." labextension/install.json "$theirs"
  fi
}

mapfile -t missing < <(missing_packages)
if [ "${#missing[@]}" -gt 0 ]; then install_packages "${missing[@]}"; fi
make_node_modules labextension
make_labextension # before pip, which puts it into the environments
make_venv .venv server,service,dev
make_venv .venv-tools tools
# The oldest JupyterHub we promise to work with, for the tests which hold us to it.
make_venv .venv-hub55 service jupyterhub==5.5.4
make_node_modules .

if [ "${#installed[@]}" -eq 0 ]; then
  say 'everything is here, nothing installed'
else
  say "installed ${installed[*]}"
fi
