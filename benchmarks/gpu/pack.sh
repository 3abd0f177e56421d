#!/usr/bin/env bash
# Gather what a machine with a GPU and no internet needs beside this repository: wheels of Brian2
# and Brian2CUDA for its Python, into benchmarks/gpu/wheels (ignored by git). NumPy 2, SymPy, SciPy,
# Matplotlib, Jinja2, pyparsing, click, setuptools and a cuRAND are expected there; --all brings
# those as well.
#     benchmarks/gpu/pack.sh [--all] [PYTHON]
set -euo pipefail
cd "$(dirname "$0")"
all=""; if [ "${1:-}" = --all ]; then all=1; shift; fi
python=${1:-python3.12}
rm -rf wheels; mkdir wheels
wanted=("brian2==2.10.1" "brian2cuda==1.0b1" "Cython<3.1.4" "py-cpuinfo")
"$python" -m pip download -qq --no-deps --only-binary :all: -d wheels "${wanted[@]}"
if [ -n "$all" ]; then
    "$python" -m pip download -qq --only-binary :all: -d wheels "${wanted[@]}" \
        "numpy>=2" scipy matplotlib click setuptools sympy
fi
size_mb=$(du -sm wheels | cut -f1)
ls wheels
echo "$size_mb MB in $PWD/wheels"
if [ "$size_mb" -gt 60 ] && [ -z "$all" ]; then echo "more than 60 MB" >&2; exit 1; fi
