"""Assesses many inputs, in one process or in several, and writes the annotated pages of some."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, partial
from itertools import starmap
from pathlib import Path
from typing import BinaryIO, NamedTuple

from jinja2 import Template

from edi_lint.batch_report.assessment import Assessment, assess
from edi_lint.findings import Severity
from edi_lint.run.check_file import Done, Opener, ignored
from edi_lint.run.drive import Linter
from edi_lint.run.parallel import MOST_JOBS, processes
from edi_lint.settings import Settings
from edi_lint.transform import templates
from edi_lint.transform.annotate import Annotation
from edi_lint.x12.encoding import single_bytes

_NO_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 80


def opened(path: str) -> BinaryIO:
    """A file as it is named."""
    return Path(path).open("rb")


class Pages(NamedTuple):
    """The folder that pages are written to, and how large a file may be to have one, in bytes."""

    folder: Path
    limit: int


def assess_files(
    paths: Sequence[str],
    settings: Settings,
    fail_on: Severity | None,
    jobs: int,
    opener: Opener = opened,
    standard_input: str = "",
    pages: Pages | None = None,
    done: Done = ignored,
) -> Iterator[Assessment]:
    """An assessment for each path, in the order of the paths, the same for any number of jobs.

    With `pages` an input in which something was found, and that is not too large, has its page
    written there. `standard_input` is the path that means it, and has none. `done` takes the
    number of bytes that have been dealt with. Raises `packs.PackError` at once; on the way
    BaselineError, WorkerError, `store.StoreError`, and OSError where a page cannot be written.
    """
    linter = Linter(settings)
    one = partial(_assess, fail_on=fail_on, pages=pages)
    named = [*zip(paths, _page_names(paths), strict=True)]
    jobs = min(jobs, MOST_JOBS, len(paths))
    if jobs <= 1 or standard_input in paths:
        made: Iterator[Assessment] = starmap(partial(one, linter, opener), named)
        yield from _report_progress(made, done)
        return
    with processes(jobs, _start, settings, opener) as pool:
        yield from _report_progress(pool.map(partial(_assess_here, one), named), done)


def _report_progress(made: Iterator[Assessment], done: Done) -> Iterator[Assessment]:
    for assessment in made:
        done(assessment.file.bytes)
        yield assessment


_LINTER: Linter
_OPENER: Opener


def _start(settings: Settings, opener: Opener) -> None:
    global _LINTER, _OPENER
    _LINTER, _OPENER = Linter(settings), opener


def _assess_here(one: partial[Assessment], named: tuple[str, str]) -> Assessment:
    return one(_LINTER, _OPENER, *named)


def _assess(
    linter: Linter,
    opener: Opener,
    path: str,
    page: str,
    *,
    fail_on: Severity | None,
    pages: Pages | None,
) -> Assessment:
    made = assess(linter, path, opener, fail_on)
    if pages and made.rules and made.file.bytes <= pages.limit and Path(path).is_file():
        _write_page(path, pages.folder / page, linter.settings)
        made.page = page
    return made


def _write_page(path: str, page: Path, settings: Settings) -> None:
    template, name = _template()
    with (
        Path(path).open("rb") as stream,
        Annotation(single_bytes(stream), path, settings) as annotation,
        page.open("w", encoding="utf-8", newline="") as sink,
    ):
        sink.writelines(annotation.render(template, name))


@cache
def _template() -> tuple[Template, str]:
    """Compiling it takes as long as a small page."""
    return templates.load("annotate", "html", autoescape=True)


def _page_names(paths: Sequence[str]) -> Iterator[str]:
    """A file name for each path, none twice."""
    width = len(str(len(paths)))
    for number, path in enumerate(paths, 1):
        base = _NO_NAME.sub("_", Path(path).name)[:_LONGEST].strip("._")
        yield f"{number:0{width}}-{base}.html"
