#!/usr/bin/env bash
# Build edi-lint as a wheel, and as a wheel from its sdist; install each, and then an editable tree,
# into a clean environment; make sure that every data file arrives and the command starts.
#   scripts/check_packaging.sh [PYTHON]      PYTHON has the `build` package (default: python3)
set -euo pipefail

python=${1:-python3}
python=$(command -v "$python") || { echo "check_packaging: no such Python: ${1:-python3}" >&2; exit 2; }
python=$(cd "$(dirname "$python")" && pwd)/$(basename "$python")
cd "$(dirname "${BASH_SOURCE[0]}")/.."

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
for name in ("LICENSE", "NOTICE"):
    if not any(path.endswith(f".dist-info/licenses/{name}") for path in a):
        sys.exit(f"the wheel lacks {name}")

with tarfile.open(sys.argv[4]) as archive:
    packed = {name.partition("/")[2] for name in archive.getnames()}
folders = ("src", "schemas", "templates", "tests", "examples", "scripts", "docs", "benchmarks")
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
        if not file.is_file() or file.suffix in {".pyc", ".pyx", ".pxd"}:
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

check_install() {
    echo "$1:"
    # Elsewhere and isolated, so that nothing of the tree is found by accident.
    (
        cd "$scratch"
        "$venv/python" -I installed.py "$tree"
        shown=$("$venv/edi-lint" --version)
        [[ $shown == *"$version"* ]] || { echo "--version prints '$shown', not $version" >&2; exit 1; }
        "$venv/python" -I -m edi_lint --version >/dev/null
        echo "  $shown" | head -n 1
    )
}

pip_install "${from_tree[0]}"
check_install "wheel"
pip_install --force-reinstall --no-deps "${from_sdist[0]}"
check_install "wheel built from the sdist"
"$venv/python" -m pip uninstall -q -y edi-lint
pip_install --no-deps -e "$tree"
check_install "editable"
