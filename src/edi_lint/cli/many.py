"""Commands that write a file for each input: where each result goes, and what was done in all.

A result is written whole or not at all. An input that cannot be dealt with is named on standard
error, and the others are gone on with.
"""

from __future__ import annotations

import os
from pathlib import Path

from edi_lint.cli.inputs import STANDARD_INPUT, Inputs, found_at, opened, reason, tell_of_pipe
from edi_lint.cli.output import Failure, make_folder
from edi_lint.files.paths import is_file, is_folder, is_there


def is_many(inputs: Inputs) -> bool:
    """Whether these are several inputs, or those of a folder or a glob, which may have several."""
    return len(inputs) > 1 or bool(inputs.found)


def names(paths: list[str]) -> dict[str, Path]:
    """For each input the name that its result has in a folder: a file of a folder keeps its place
    in it, any other its own name. Raises Failure where two would have the same.
    """
    found: dict[str, Path] = {}
    for path in paths:
        for one in found_at(path)[0] or [path]:
            if one == STANDARD_INPUT:
                raise Failure("- is standard input; it cannot be one of several inputs")
            inside = Path(one).relative_to(path) if is_folder(path) and one != path else None
            found.setdefault(one, inside or Path(Path(one).name))
    taken: dict[Path, str] = {}
    for one, name in found.items():
        if (other := taken.setdefault(name, one)) != one:
            raise Failure(
                f"{one} and {other}: both results would be called {name}; name the folder above "
                "both of them, or one of them at a time"
            )
    return found


def results(
    folder: Path, option: str, paths: list[str], inputs: dict[str, Path]
) -> dict[str, Path]:
    """Where the result of each input goes. Raises Failure where that is not a folder, or among the
    inputs, of which none is overwritten.
    """
    if is_there(folder) and not is_folder(folder):
        raise Failure(f"{folder}: {option} takes a folder where there are several inputs")
    place = Path(os.path.realpath(folder))
    for path in paths:
        above = Path(os.path.realpath(path))
        if is_folder(path) and (place == above or above in place.parents):
            raise Failure(
                f"{folder}: is inside of {path}, whose files are the inputs; name another folder "
                f"for {option}"
            )
    out = {one: folder / name for one, name in inputs.items()}
    there = {os.path.realpath(one) for one in inputs}
    for one, result in out.items():
        if place not in Path(os.path.realpath(result)).parents:
            raise Failure(f"{result}: leads out of {folder} by a link; remove the link")
        if os.path.realpath(result) in there:
            raise Failure(f"{result}: the result of {one} would overwrite an input")
    return out


def ready(result: Path) -> Path:
    """The same path, now that its folder is there. Raises Failure."""
    try:
        make_folder(result.parent)
    except OSError as problem:
        raise Failure(f"{result.parent}: cannot be made: {problem.strerror}") from None
    return result


def single(output: Path | None, file: str) -> Path | None:
    """Where the result of a single input goes: to a folder under its own name."""
    if output is None or file == STANDARD_INPUT or not is_folder(output):
        return output
    return output / Path(file).name


def is_other(file: str, inputs: Inputs) -> bool:
    """Whether a file that nobody named, but was found in a folder or by a glob, has no 837P."""
    if file not in inputs.found:
        return False
    from edi_lint.findings.file_result import read_to_claims
    from edi_lint.x12 import NotX12Error

    try:
        with opened(file) as stream:
            return not read_to_claims(stream, file).checked
    except (OSError, NotX12Error):
        return False  # the command says what is wrong


def refuse_folder(file: str, command: str) -> None:
    """Raises Failure for a folder or a glob where a command takes one file. A pipe is named."""
    is_glob = any(mark in file for mark in "*?[") and not is_there(file)
    if is_folder(file) or is_glob:
        kind = "a glob" if is_glob else "a folder"
        raise Failure(f"{file}: is {kind}; edi-lint {command} takes one file")
    tell_of_pipe(file)


def refuse_nothing(file: str) -> None:
    """Raises Failure for a folder or a glob without a file in it."""
    if file == STANDARD_INPUT or is_file(file):
        return
    try:
        with opened(file):
            return
    except OSError as problem:
        raise Failure(f"{file}: cannot read: {reason(problem)}") from None


def refuse_in_place(file: str) -> None:
    """Raises Failure for an input that cannot be written to, before anything is read of it."""
    if file == STANDARD_INPUT:
        raise Failure("--in-place needs a file; standard input cannot be written to")
    if is_there(file) and not is_file(file):
        raise Failure(f"{file}: not a file; --in-place needs one")
