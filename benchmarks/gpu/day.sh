#!/usr/bin/env bash
# A day with a GPU in nine minutes: install, examine, compare, sanitize, time. Needs no internet:
# Python 3.12 with NumPy 2, SymPy, SciPy, Matplotlib and click, nvcc, and the wheels of pack.sh.
#     [PYTHON=python3] benchmarks/gpu/day.sh [--output FOLDER] [--minutes 9] [--emulated]
# Results are written as they come, to FOLDER/day.json and FOLDER/day.txt. --emulated rehearses
# with the emulated device and small networks. Nothing is installed outside this folder.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd); root=$(cd "$here/../.." && pwd)
python=$("${PYTHON:-python3}" -c 'import sys; print(sys.executable)')
packages=$root/.day-packages
if [ ! -d "$packages/brian2cuda" ]; then
    "$python" -m pip install -qq --no-index --no-deps --find-links "$here/wheels" \
        --target "$packages" brian2 brian2cuda Cython py-cpuinfo array-api-compat
fi
export PYTHONPATH="$root:$packages" LATERALNET_CUDA_PYTHON="$python"
export LATERALNET_CACHE=${LATERALNET_CACHE:-$root/.day-cache}
exec "$python" "$here/day.py" "$@"
