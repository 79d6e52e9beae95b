"""What mkdocs does besides: the page that checks files in the browser, where it was built.

`scripts/build_page.py` writes `build/edi-lint.html`; a site that is built then contains it, and the
page of the documentation about it links it. Without it the link is left out.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BUILT = ROOT / "build" / "edi-lint.html"
PLACE = "<!-- browser page: link -->"
LINK = '<p><a class="md-button md-button--primary" href="../edi-lint.html">Open the page</a></p>'


def on_page_markdown(markdown: str, **_: Any) -> str:
    return markdown.replace(PLACE, LINK if BUILT.exists() else "")


def on_post_build(config: Any, **_: Any) -> None:
    if BUILT.exists():
        shutil.copyfile(BUILT, Path(config.site_dir) / BUILT.name)
