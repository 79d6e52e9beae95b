"""Write the pictures of README and documentation: a terminal (SVG) and an annotated page (PNG).

Run `python scripts/write_pictures.py` after a change of what they show, and commit what it writes.
The page is drawn by Chromium. `--check` needs no browser, writes nothing, and exits 1 when a
picture is out of date: the SVG is compared as text, and the PNG by the digest, written into it, of
the page that it shows. Neither depends on the fonts of the machine.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import pty
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
TERMINAL = ROOT / "docs" / "assets" / "terminal.svg"
PAGE = ROOT / "docs" / "assets" / "page.png"

COMMAND = ("check", "--select", "MOD001,BAL001", "examples/outbound.837")
COLUMNS = 92
VIEWPORT: Any = {"width": 1280, "height": 800}
SHOWN = "#f2"
"""The finding at which the page is opened."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")

_THEME = TerminalTheme(
    (24, 26, 32),
    (214, 218, 226),
    [
        *((24, 26, 32), (255, 107, 107), (98, 209, 131), (240, 191, 79)),
        *((110, 168, 254), (214, 140, 255), (86, 199, 209), (214, 218, 226)),
    ],
)
_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg"
width="{width}" height="{height}" viewBox="0 0 {width} {height}">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""As rich draws a terminal, without its font, which it would load from elsewhere."""
_KEYWORD = b"edi-lint page"
"""Names the text chunk of the PNG that holds the digest of its page."""
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def terminal() -> str:
    """What a terminal shows of the command, as SVG."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(Text("$ ", "bold") + Text(f"edi-lint {' '.join(COMMAND)}"))
    console.print(Text.from_ansi(_on_a_terminal()))
    return console.export_svg(
        title="edi-lint", theme=_THEME, code_format=_SVG, unique_id="edi-lint"
    )


def _on_a_terminal() -> str:
    """What the command writes to a terminal, colours included."""
    ours, theirs = pty.openpty()
    environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "EDI_LINT_ENGINE")}
    environment |= {"COLUMNS": str(COLUMNS), "TERM": "xterm-256color", "PYTHONUTF8": "1"}
    running = subprocess.Popen(
        [sys.executable, "-m", "edi_lint", *COMMAND],
        cwd=ROOT,
        env=environment,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    written = bytearray()
    try:
        while block := os.read(ours, 4096):
            written += block
    except OSError:  # how Linux says that the other end was closed
        pass
    os.close(ours)
    running.wait()
    return written.decode().replace("\r\n", "\n").rstrip()


def page(folder: Path) -> Path:
    """The annotated page that the picture shows, written into a folder."""
    path = folder / "outbound.html"
    command = [
        sys.executable,
        "-m",
        "edi_lint",
        "annotate",
        "examples/outbound.837",
        "-o",
        str(path),
    ]
    subprocess.run(command, cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
    return path


def draw(path: Path) -> bytes:
    """The page as Chromium shows it, as PNG. Exits where there is no Chromium."""
    from playwright.sync_api import sync_playwright

    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        sys.exit(f"no Chromium on this machine (looked for {', '.join(BROWSERS)})")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        shown = browser.new_page(viewport=VIEWPORT, color_scheme="light")
        shown.goto(path.as_uri() + SHOWN)
        for _ in range(3):  # the layout settles as parts of the page come into view
            shown.locator(SHOWN).evaluate("card => card.scrollIntoView({block: 'center'})")
            shown.wait_for_timeout(300)
        drawn: bytes = shown.screenshot()
        browser.close()
    return drawn


def digest(path: Path) -> bytes:
    """Which page a picture shows: its bytes, and where it is opened."""
    shown = f"{VIEWPORT['width']}x{VIEWPORT['height']}{SHOWN}".encode()
    return hashlib.sha256(path.read_bytes() + shown).hexdigest().encode()


def signed(png: bytes, text: bytes) -> bytes:
    """The PNG with a text chunk behind its first chunk, IHDR."""
    body = b"tEXt" + _KEYWORD + b"\0" + text
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    end = len(_SIGNATURE) + 25
    return png[:end] + chunk + png[end:]


def signature(png: bytes) -> bytes:
    """The text that `signed` wrote into the PNG; empty where there is none."""
    at = len(_SIGNATURE)
    while at + 8 <= len(png):
        (length,) = struct.unpack_from(">I", png, at)
        body = png[at + 8 : at + 8 + length]
        if png[at + 4 : at + 8] == b"tEXt" and body.startswith(_KEYWORD + b"\0"):
            return body[len(_KEYWORD) + 1 :]
        at += length + 12
    return b""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 when stale")
    check = parser.parse_args().check
    made = terminal()
    with tempfile.TemporaryDirectory() as folder:
        path = page(Path(folder))
        wanted = digest(path)
        stale = []
        if not TERMINAL.exists() or TERMINAL.read_text("utf-8") != made:
            stale.append(TERMINAL)
        if not PAGE.exists() or signature(PAGE.read_bytes()) != wanted:
            stale.append(PAGE)
        if check:
            for one in stale:
                name = one.relative_to(ROOT)
                print(
                    f"{name} is out of date: run python scripts/write_pictures.py", file=sys.stderr
                )
            return int(bool(stale))
        if TERMINAL in stale:
            TERMINAL.write_text(made, "utf-8")
        if PAGE in stale:
            PAGE.write_bytes(signed(draw(path), wanted))
    return 0


if __name__ == "__main__":
    sys.exit(main())
