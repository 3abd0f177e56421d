#!/usr/bin/env bash
# Make a folder that a machine with a GPU and no internet can take: this repository, as committed,
# and wheels of Brian2 and Brian2CUDA for its Python. NumPy 2, SymPy, SciPy, Matplotlib, Jinja2,
# pyparsing, click, setuptools and a cuRAND are expected there; --all brings those as well.
#     benchmarks/gpu/pack.sh [--all] FOLDER [PYTHON]
# There: FOLDER/benchmarks/gpu/day.sh
set -euo pipefail
all=""; if [ "${1:-}" = --all ]; then all=1; shift; fi
folder=$(mkdir -p "$1" && cd "$1" && pwd); python=${2:-python3.12}
cd "$(dirname "$0")"
wheels=$folder/benchmarks/gpu/wheels
(cd ../.. && git archive HEAD) | tar -x -C "$folder"
rm -rf "$wheels"; mkdir -p "$wheels"
wanted=("brian2==2.10.1" "brian2cuda==1.0b1" "Cython<3.1.4" "py-cpuinfo" "array-api-compat")
"$python" -m pip download -qq --no-deps --only-binary :all: -d "$wheels" "${wanted[@]}"
if [ -n "$all" ]; then
    "$python" -m pip download -qq --only-binary :all: -d "$wheels" "${wanted[@]}" \
        "numpy>=2" scipy matplotlib click setuptools sympy
fi
ls "$wheels"
size_mb=$(du -sm "$folder" | cut -f1)
echo "$size_mb MB in $folder"
if [ "$size_mb" -gt 60 ] && [ -z "$all" ]; then echo "more than 60 MB" >&2; exit 1; fi
