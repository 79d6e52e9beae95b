"""Build the page that checks files in the browser: one HTML file that loads nothing.

    python scripts/build_page.py build/edi-lint.html

It contains edi-lint itself, Jinja2, PyYAML and MarkupSafe without their C parts, and Pyodide, which
is CPython compiled to WebAssembly. They come from PyPI (`pip download`) and npm (`npm pack`), each
in the one version whose hash is pinned here and in `browser/requirements.txt`; `--cache FOLDER`
keeps them. Two builds of one commit are the same byte for byte. The page is not committed.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import jinja2

from edi_lint.files.version import VERSION

ROOT = Path(__file__).resolve().parent.parent
BROWSER = ROOT / "browser"
PYODIDE = "314.0.7"
PYODIDE_SHA512 = (
    "0YvXxEhfEdpLfb/XkM2BFAeMROq0iMUX2bzzH9pOttyMcWkwq+HbE5uyuGD82LN7y2q+SNvi/6V5JEsOlD2R1A=="
)
"""What the npm registry publishes as the integrity of this version."""
FROM_PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
WHEELS_FOR = ("--platform", "manylinux2014_x86_64", "--python-version", "3.11")
"""Any would do, since only their Python is taken; one is chosen so that the hashes are known."""
EXAMPLES = (
    ("outbound.837", "five claims, four with errors"),
    ("resubmit.837", "claims that came back"),
)
LEFT_OUT = ("cli/", "crosscheck/", "watching/", "batch_report/", "ledger/")
"""Parts of edi-lint that the page has no use for."""
NOTICE = (
    "Contains Pyodide (MPL-2.0), CPython (PSF-2.0), Jinja2 and MarkupSafe (BSD-3-Clause), "
    "and PyYAML (MIT)."
)
_EPOCH = (1980, 1, 1, 0, 0, 0)


class BuildError(Exception):
    """The page could not be built; the message says what is missing."""


def build(cache: Path) -> str:
    """The page's text. `cache` is a folder in which packages are kept. Raises BuildError."""
    assets = dict(_pyodide(cache))
    assets["edi-lint.zip"] = _python_zip(_wheels(cache))
    style, script = ((BROWSER / name).read_text("utf-8") for name in ("page.css", "page.js"))
    annotated = ROOT / "templates" / "annotate"
    scripts = [_source(script), _source((annotated / "page.js").read_text("utf-8"))]
    styles = [_source(style), _source((annotated / "page.css").read_text("utf-8"))]
    examples = [
        {"name": about, "text": (ROOT / "examples" / name).read_bytes().decode("latin-1")}
        for name, about in EXAMPLES
    ]
    named = [{"name": n, "text": e["text"]} for (n, _), e in zip(EXAMPLES, examples, strict=True)]
    policy = (
        f"default-src 'none'; script-src 'wasm-unsafe-eval' blob: {' '.join(scripts)}; "
        f"style-src {' '.join(styles)}; worker-src blob:; frame-src blob:; "
        "base-uri 'none'; form-action 'none'"
    )
    environment = jinja2.Environment(
        autoescape=False, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string((BROWSER / "page.html.j2").read_text("utf-8")).render(
        policy=policy,
        version=VERSION,
        notice=NOTICE,
        style=style,
        script=script,
        worker=(BROWSER / "worker.js").read_text("utf-8"),
        examples=examples,
        examples_json=json.dumps(named).replace("<", "\\u003c"),
        assets=[(name, _packed(data)) for name, data in assets.items()],
    )


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _packed(data: bytes) -> str:
    return base64.b64encode(gzip.compress(data, 9, mtime=0)).decode()


def _pyodide(cache: Path) -> Iterator[tuple[str, bytes]]:
    """The parts of Pyodide that the page contains."""
    archive = cache / f"pyodide-{PYODIDE}.tgz"
    if not archive.exists():
        _run("npm", "pack", "--silent", f"pyodide@{PYODIDE}", folder=cache)
    data = archive.read_bytes()
    if base64.b64encode(hashlib.sha512(data).digest()).decode() != PYODIDE_SHA512:
        archive.unlink()
        raise BuildError(f"pyodide {PYODIDE}: is not the package whose hash is pinned")
    with tarfile.open(fileobj=io.BytesIO(data)) as opened:
        for name in FROM_PYODIDE:
            member = opened.extractfile(f"package/{name}")
            assert member is not None
            yield name, member.read()
        lock = opened.extractfile("package/pyodide-lock.json")
        assert lock is not None
        info = json.load(lock)["info"]  # the packages that it lists are elsewhere; none is loaded
        yield "pyodide-lock.json", json.dumps({"info": info, "packages": {}}).encode()


def _wheels(cache: Path) -> list[Path]:
    """Wheels of what edi-lint needs, from the cache or by pip, which compares their hashes."""
    folder = cache / "wheels"
    found = ("--no-index", "--find-links", str(folder)) if folder.is_dir() else ()
    wanted = ("--no-deps", "--only-binary", ":all:", *WHEELS_FOR, "--require-hashes", "--quiet")
    requirements = str(BROWSER / "requirements.txt")
    with tempfile.TemporaryDirectory(dir=cache) as fresh:
        pip = (sys.executable, "-m", "pip", "download", "--disable-pip-version-check")
        _run(*pip, *wanted, *found, "-d", fresh, "-r", requirements, folder=cache)
        if not found:
            shutil.copytree(fresh, folder)
    return sorted(folder.glob("*.whl"))


def _run(*command: str, folder: Path) -> None:
    try:
        ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except OSError as problem:
        raise BuildError(f"{command[0]}: {problem.strerror}") from None
    if ran.returncode:
        last = (ran.stderr or ran.stdout).strip().splitlines()[-1:] or ["failed"]
        raise BuildError(f"{' '.join(command[:3])}: {last[0]}")


def _python_zip(wheels: list[Path]) -> bytes:
    """edi-lint and what it needs, as they lie in site-packages, without compiled parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as into:  # the page compresses it once
        for name, data in sorted(_python_files(wheels)):
            into.writestr(zipfile.ZipInfo(name, _EPOCH), data)
    return made.getvalue()


def _python_files(wheels: list[Path]) -> Iterator[tuple[str, bytes]]:
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as opened:
            for name in opened.namelist():
                if name.endswith(".py") or "LICENSE" in name:
                    yield name, opened.read(name)
    yield "edi_lint_page.py", (BROWSER / "work.py").read_bytes()
    folders = {"": ROOT / "src" / "edi_lint", "schemas/": ROOT / "schemas"}
    folders["templates/"] = ROOT / "templates"
    for at, folder in folders.items():
        for path in folder.rglob("*"):
            name = at + path.relative_to(folder).as_posix()
            is_code = path.suffix in {".pyx", ".c", ".so", ".pyd", ".pyi", ".pyc", ".md"}
            if path.is_file() and not is_code and not name.startswith(LEFT_OUT):
                yield f"edi_lint/{name}", path.read_bytes()


def main(arguments: list[str]) -> int:
    """Build the page; 2 where it cannot be built."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("output", type=Path)
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "page")
    options = parser.parse_args(arguments)
    try:
        options.cache.mkdir(parents=True, exist_ok=True)
        text = build(options.cache)
    except BuildError as problem:
        print(f"build_page: {problem}", file=sys.stderr)
        return 2
    options.output.parent.mkdir(parents=True, exist_ok=True)
    partial = options.output.with_suffix(".partial")
    partial.write_text(text, "utf-8")
    partial.replace(options.output)
    print(f"{options.output}: {len(text) / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
