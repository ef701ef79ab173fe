#!/bin/sh
# Finds a Python to work with and hands over to tools/environment.py with the same arguments.
set -eu
cd "$(dirname "$0")/.."

# The newest Python that can make an environment; without one, the newest at all. Each is run,
# because a name on the PATH may be a shim that leads nowhere.
find_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        "$name" -c '
import importlib.util, sys
if sys.version_info >= (3, 11):
    can = importlib.util.find_spec("ensurepip") is not None
    print(int(can), "%03d" % sys.version_info[1], sys.executable)
' 2>/dev/null || true
    done | sort | tail -n 1 | cut -d ' ' -f 3-
}

python=.venv/bin/python
if ! "$python" -c '' 2>/dev/null; then
    python=$(find_python)
fi
if [ -z "$python" ]; then
    echo "Guidang needs Python 3.11 or newer, and none was found: install python3 and run this again." >&2
    exit 1
fi
exec "$python" -m tools.environment "$@"
