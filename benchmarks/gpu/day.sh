#!/usr/bin/env bash
# A day with a GPU in nine minutes: install, examine, compare, sanitize, time. Needs no internet:
# Python 3.12, NumPy 2, nvcc, and the wheels that pack.sh gathered.
#     benchmarks/gpu/day.sh [--output FOLDER] [--minutes 9] [--emulated]
# Results are written as they come, to FOLDER/day.json and FOLDER/day.txt. --emulated rehearses
# with the emulated device and small networks.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd); root=$(cd "$here/../.." && pwd)
python=${PYTHON:-python3}
venv=${LATERALNET_DAY_VENV:-$root/.venv-day}
if ! "$venv/bin/python" -c 'import brian2cuda' 2>/dev/null; then
    "$python" -m venv --system-site-packages "$venv"
    "$venv/bin/python" -m pip install -qq --no-index --no-deps --find-links "$here/wheels" \
        brian2 brian2cuda Cython py-cpuinfo
fi
export PYTHONPATH="$root" LATERALNET_CUDA_PYTHON="$venv/bin/python"
export LATERALNET_CACHE=${LATERALNET_CACHE:-$root/.day-cache}
exec "$venv/bin/python" "$here/day.py" "$@"
