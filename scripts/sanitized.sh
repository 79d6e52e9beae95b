#!/usr/bin/env bash
# Build the kernel with the address and undefined-behaviour sanitizers, in a copy of the tree, and run
# against it the tests that compare the engines and then the fuzz target.
#   scripts/sanitized.sh [COUNT [SEED]]      gcc; COUNT random inputs, 1000 by default
#   scripts/sanitized.sh --guided FOLDER [OPTIONS OF LIBFUZZER]    clang and atheris, no tests
# PYTHON names an interpreter with the development environment (.venv/bin/python by default), for
# the second form with atheris in it.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=$(realpath -s "${PYTHON:-.venv/bin/python}")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

if [[ ${1:-} == --guided ]]; then
    compiler=${CC:-clang}
    # Cython's call of a constructor without arguments adds 0 to a null pointer, which clang counts.
    flags="-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize=pointer-overflow"
    folder=$(realpath "${2:?a folder for the corpus}")
    shift 2
    preload=$("$python" -c 'import atheris; print(atheris.path())')/asan_with_fuzzer.so
else
    compiler=${CC:-gcc}
    flags="-fsanitize=address,undefined"
    folder=
    preload=$("$compiler" -print-file-name=libasan.so)
fi

.ci/export "$scratch/tree"
cd "$scratch/tree"
CC=$compiler LDSHARED="$compiler -shared" \
    CFLAGS="-O1 $flags -fno-sanitize-recover=undefined" \
    "$python" setup.py -q build_ext --inplace >"$scratch/log" 2>&1 || { cat "$scratch/log" >&2; exit 1; }

run() {
    env PYTHONPATH="$scratch/tree/src:$scratch/tree" LD_PRELOAD="$preload" \
        ASAN_OPTIONS=detect_leaks=0:malloc_context_size=4 EDI_LINT_ENGINE=kernel "$python" "$@"
}

run -c '
import pathlib, sys
from edi_lint.engine import _kernel
if not pathlib.Path(_kernel.__file__).is_relative_to(sys.argv[1]):
    sys.exit(f"not the kernel with the sanitizers: {_kernel.__file__}")
' "$scratch"
if [[ -n $folder ]]; then
    run -m fuzz "$folder" "$@"
else
    export PYTHONMALLOC=malloc # so that small objects of Python are watched too
    run -m pytest -p no:cacheprovider tests/test_engines.py tests/test_fuzz.py
    run -m fuzz --random "${2:-1}" "${1:-1000}"
fi
