"""Annotating in a confined process, for a template of the user's."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO, cast

from edi_lint.settings import Settings
from edi_lint.transform import templates
from edi_lint.transform.annotate import KIND, Annotation
from edi_lint.transform.confined import (
    Child,
    Stopped,
    run,
    settings_as_json,
    settings_of_json,
    too_much_memory,
)
from edi_lint.transform.limits import FOR_ANNOTATE, MB, Limits
from edi_lint.transform.templates import TemplateSource
from edi_lint.x12 import NotX12Error

_PIECE = 64 * 1024
"""Characters that are handed over at once."""


def annotated(
    stream: BinaryIO,
    path: str,
    template: TemplateSource,
    settings: Settings,
    *,
    autoescape: bool,
    claims: tuple[str, ...] = (),
    limits: Limits = FOR_ANNOTATE,
) -> Iterator[str]:
    """What a template of the user's prints of a file, in pieces. `stream` must be seekable.

    Raises Stopped, also for an input without any interchange, and OSError for one that cannot be
    read.
    """
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    most = limits.output + limits.growth * size
    limits = replace(limits, whole=limits.whole + limits.each * (size / MB), each=0.0)
    job = {"path": path, "autoescape": autoescape, "settings": settings_as_json(settings)}
    job["claims"] = [*claims]
    printed = 0
    for answer in run("confined_annotation", template, job, stream, limits):
        piece = str(answer.get("piece", ""))
        printed += len(piece.encode())
        if printed > most:
            raise Stopped(
                f"{template.path}: prints more than {most / MB:.0f} MB, the most that a template "
                "may for so large a file"
            )
        if piece:
            yield piece


# what runs in the other process


def work(job: dict[str, Any], template: TemplateSource, stream: BinaryIO, child: Child) -> None:
    """Lint the file, then tell what the template prints of it."""
    with cast(BinaryIO, tempfile.TemporaryFile()) as copy:
        try:
            shutil.copyfileobj(stream, copy)
            copy.flush()
            settings = settings_of_json(job["settings"])
            annotation = Annotation(
                copy, job["path"], settings, child.goes_on, job.get("claims", ())
            )
        except NotX12Error as problem:
            raise Stopped(f"{job['path']}: {problem}") from None
        except OSError as problem:
            raise Stopped(f"{job['path']}: {problem.strerror}") from None
        with annotation:
            if unknown := annotation.unknown_claims:
                raise Stopped(f"--claims: {len(unknown)} of the names are of no claim in the input")
            child.confine()
            child.allow(child.limits.whole)
            child.tell({"begin": ""})
            env = templates.environment(KIND, job["autoescape"])
            try:
                compiled = templates.compiled(env, template)
                for piece in annotation.render(compiled, template.path):
                    _hand_over(piece, child, template)
            except templates.TemplateMemoryError as problem:
                child.breathe()
                raise Stopped(f"{problem}: {too_much_memory(child.limits)}") from None
            except templates.TemplateProblem as problem:
                raise Stopped(str(problem)) from None
            child.tell({"end": True})


def _hand_over(piece: str, child: Child, template: TemplateSource) -> None:
    """Print a text. Raises Stopped for what is not one."""
    try:
        piece.encode()
    except UnicodeEncodeError:
        raise Stopped(f"{template.path}: prints half of a character (a surrogate)") from None
    for at in range(0, len(piece), _PIECE):
        child.tell({"piece": piece[at : at + _PIECE]})
