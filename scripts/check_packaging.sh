#!/usr/bin/env bash
# Build edi-lint as a wheel, and as a wheel from its sdist; install each, then the sdist with the
# compiler hidden, then an editable tree, into a clean environment; make sure that every data file
# arrives, that the command starts, and that the right engine runs.
#   scripts/check_packaging.sh [PYTHON]      PYTHON has the `build` package (default: python3)
# Needs a C compiler and Python's headers.
set -euo pipefail

python=${1:-python3}
python=$(command -v "$python") || { echo "check_packaging: no such Python: ${1:-python3}" >&2; exit 2; }
python=$(cd "$(dirname "$python")" && pwd)/$(basename "$python")
cd "$(dirname "${BASH_SOURCE[0]}")/.."

unset EDI_LINT_ENGINE
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tree=$scratch/tree
.ci/export "$tree"

build() { "$python" -m build "$@" >"$scratch/log" 2>&1 || { cat "$scratch/log" >&2; exit 1; }; }

# Without options `build` makes the sdist and builds the wheel from that.
build --outdir "$scratch/from-sdist" "$tree"
# A second fresh copy: what a first build leaves behind must not help the next one.
rm -rf "$tree" && .ci/export "$tree"
build --wheel --outdir "$scratch/from-tree" "$tree"
rm -rf "$tree" && .ci/export "$tree"

from_tree=("$scratch"/from-tree/*.whl)
from_sdist=("$scratch"/from-sdist/*.whl)
sdist=("$scratch"/from-sdist/*.tar.gz)

"$python" - "$tree" "${from_tree[0]}" "${from_sdist[0]}" "${sdist[0]}" <<'PYTHON'
import pathlib, sys, tarfile, zipfile

tree = pathlib.Path(sys.argv[1])


def contents(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


a, b = contents(sys.argv[2]), contents(sys.argv[3])
if a != b:
    differ = sorted(name for name in a.keys() | b.keys() if a.get(name) != b.get(name))
    sys.exit(f"the wheel built from the sdist differs from the wheel built from the tree: {differ}")
kernel = [name for name in a if name.startswith("edi_lint/engine/_kernel.")]
if sorted(name.rpartition(".")[2] for name in kernel) not in (["pyi", "so"], ["pyd", "pyi"]):
    sys.exit(f"of the kernel the wheel should hold the compiled module and its types: {kernel}")
for name in ("LICENSE", "NOTICE"):
    if not any(path.endswith(f".dist-info/licenses/{name}") for path in a):
        sys.exit(f"the wheel lacks {name}")

with tarfile.open(sys.argv[4]) as archive:
    packed = {name.partition("/")[2] for name in archive.getnames()}
folders = ("src", "schemas", "templates", "tests", "examples", "answers", "scripts", "docs", "benchmarks")
wanted = [p for folder in folders for p in tree.joinpath(folder).rglob("*") if p.is_file()]
wanted += [tree / "CHANGELOG.md", tree / "requirements-dev.txt", tree / ".ci" / "run"]
missing = sorted(str(p.relative_to(tree)) for p in wanted if str(p.relative_to(tree)) not in packed)
if missing:
    sys.exit(f"the sdist lacks {missing}")
print(f"  wheel: {len(a)} files; sdist: {len(packed)} entries")
PYTHON

cat >"$scratch/installed.py" <<'PYTHON'
import importlib.resources
import pathlib
import sys

tree = pathlib.Path(sys.argv[1])
places = {"edi_lint": "src/edi_lint", "edi_lint.schemas": "schemas", "edi_lint.templates": "templates"}
count = 0
for package, folder in places.items():
    installed = importlib.resources.files(package)
    for file in sorted((tree / folder).rglob("*")):
        if not file.is_file() or file.suffix in {".pyc", ".pyx", ".pxd", ".c", ".so"}:
            continue
        resource = installed.joinpath(*file.relative_to(tree / folder).parts)
        if not resource.is_file() or resource.read_bytes() != file.read_bytes():
            sys.exit(f"{package}: {file.relative_to(tree)} is not installed as it is in the tree")
        count += 1
print(f"  {count} files found through importlib.resources")
PYTHON

"$python" -m venv "$scratch/venv"
venv=$scratch/venv/bin
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml)
pip_install() { "$venv/python" -m pip install -q --disable-pip-version-check "$@"; }

# check_install WHAT ENGINE
check_install() {
    echo "$1:"
    # Elsewhere and isolated, so that nothing of the tree is found by accident.
    (
        cd "$scratch"
        "$venv/python" -I installed.py "$tree"
        shown=$("$venv/edi-lint" --version)
        if [[ $shown != "edi-lint $version (engine: $2)" ]]; then
            echo "--version prints '$shown', not $version with the engine $2" >&2
            exit 1
        fi
        "$venv/python" -I -m edi_lint --version >/dev/null
        echo "  $shown"
    )
}

# Findings as JSON; the document names the engine, and nothing else may depend on it.
findings() {
    (
        cd "$tree"
        "$venv/edi-lint" check --fail-on never --output-format json examples tests/fixtures/faulty |
            sed 's/"engine": "[a-z]*"/"engine": ""/'
    )
}

# fails_for_want_of_the_kernel ARGUMENT...
fails_for_want_of_the_kernel() {
    local status=0
    EDI_LINT_ENGINE=kernel "$venv/edi-lint" "$@" >"$scratch/log" 2>&1 || status=$?
    if [[ $status != 2 || $(<"$scratch/log") != "edi-lint: EDI_LINT_ENGINE is kernel, "* ]]; then
        echo "without the kernel, EDI_LINT_ENGINE=kernel edi-lint $* gives status $status and:" >&2
        cat "$scratch/log" >&2
        exit 1
    fi
}

pip_install "${from_tree[0]}"
check_install "wheel" kernel
findings >"$scratch/kernel.json"
pip_install --force-reinstall --no-deps "${from_sdist[0]}"
check_install "wheel built from the sdist" kernel
"$venv/python" -m pip uninstall -q -y edi-lint

# setuptools takes the compiler that CC names, whatever else is on the machine.
CC=$scratch/no-compiler pip_install --no-deps "${sdist[0]}"
check_install "sdist, compiler hidden" python
findings >"$scratch/python.json"
cmp "$scratch/kernel.json" "$scratch/python.json"
fails_for_want_of_the_kernel --version
fails_for_want_of_the_kernel check "$tree/examples/outbound.837"
echo "  the same findings, and EDI_LINT_ENGINE=kernel is refused"
"$venv/python" -m pip uninstall -q -y edi-lint

pip_install --no-deps -e "$tree"
check_install "editable" kernel
