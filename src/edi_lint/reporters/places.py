"""Says in words where a finding is, and names its file as other tools expect it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import quote

from edi_lint.edits.element_place import MOST_ENVELOPES, ElementPlace
from edi_lint.files.version import REPOSITORY
from edi_lint.findings import Finding, Location
from edi_lint.findings.file_result import FileResult
from edi_lint.findings.masking import Phi, printable

STANDARD_INPUT = "-"
"""The path that stands for standard input."""


def claim(place: Location, phi: Phi) -> str:
    """`claim 26463774`; without claim numbers `claim 0001/3`, the third of set 0001; or nothing."""
    if place.claim and phi is not Phi.NONE:
        return f"claim {printable(place.claim)}"
    number = position(place)
    return f"claim {number}" if number else ""


def position(place: Location) -> str:
    """`0001/3`: the third claim of set 0001; empty outside of claims."""
    if not place.claim_number:
        return ""
    return f"{printable(place.transaction)}/{place.claim_number}"


def element(place: Location) -> str:
    """`SV101-04 in loop 2400`; empty where the finding is about no segment."""
    where = place.element or place.segment
    if not where:
        return ""
    return printable(where) + (f" in loop {place.loop}" if place.loop else "")


def service_line(place: Location) -> str:
    """`line 2`; empty outside of service lines."""
    return f"line {printable(place.service_line)}" if place.service_line else ""


def in_words(place: Location, phi: Phi) -> str:
    """`claim 26463774, line 2, SV101-04 in loop 2400`."""
    return ", ".join(filter(None, (claim(place, phi), service_line(place), element(place))))


def edit_command(finding: Finding, file: FileResult) -> str:
    """The command that shows what a value in place of the one found would change; empty where the
    finding is about no element, or the place has no name.
    """
    is_alone = file.transactions == 1 or (file.interchanges == 1 and file.groups == 1)
    place = ElementPlace.of(finding.location, 1 if is_alone else MOST_ENVELOPES)
    if place is None:
        return ""
    path = finding.path if printable(finding.path) == finding.path else "FILE"
    path = f"./{path}" if path.startswith("-") and path != STANDARD_INPUT else path
    import shlex

    return f"edi-lint edit --diff {shlex.quote(path)} --at {place} --value VALUE"


def message_with_place(finding: Finding, phi: Phi) -> str:
    """The message with its place, for readers who do not see the file."""
    where = in_words(finding.location, phi)
    return f"{finding.message} ({where})" if where else finding.message


def answer(finding: Finding) -> str:
    """The codes that a receiver would send, named by the element that holds them."""
    response = finding.response
    parts = (
        ("TA105", response.ta105),
        ("AK905", response.ak905),
        ("IK502", response.ik502),
        ("IK304", response.ik304),
        ("IK403", response.ik403),
        ("277CA", ":".join(response.stc)),
        ("CARC", response.carc),
        ("RARC", ", ".join(response.rarc)),
    )
    return ", ".join(f"{label} {value}" for label, value in parts if value)


# files


def relative(path: str, root: str = "") -> str:
    """The path as seen from a folder (empty: the current one), with `/`; as it is if outside."""
    if path == STANDARD_INPUT:
        return path
    inside = _inside(path, root or os.curdir)
    return inside.replace(os.sep, "/") if inside else path


def uri(path: str) -> tuple[str, bool]:
    """The path as a URI, and whether it is relative to the current folder."""
    inside = path if path == STANDARD_INPUT else _inside(path, os.curdir)
    if inside:
        return quote(os.fsencode(inside.replace(os.sep, "/"))), True
    return Path(os.path.abspath(path)).as_uri(), False  # noqa: PTH100 - links stay what they are


def file_url(path: str) -> str:
    """The URL of a file on this machine, in which nothing steers a terminal."""
    name = os.uname().nodename if hasattr(os, "uname") else ""
    absolute = Path(os.path.abspath(path)).as_uri()  # noqa: PTH100 - links stay what they are
    return absolute.replace("file://", f"file://{name}", 1) if name.isascii() else absolute


def rule_url(code: str) -> str:
    """The URL of a rule's page: in the documentation that EDI_LINT_DOCS names the address of, else
    in the repository; empty while that is published nowhere.
    """
    page = f"rules/{code}"
    if site := os.environ.get("EDI_LINT_DOCS"):
        url = f"{site.rstrip('/')}/{page}.html"
    elif "/OWNER/" not in REPOSITORY:
        url = f"{REPOSITORY}/blob/main/docs/{page}.md"
    else:
        return ""
    is_safe = re.fullmatch(r"(https?|file)://[!-~]+", url)
    return url if is_safe else ""


def clean(text: str) -> str:
    """Text that any reader of UTF-8 takes: bytes of a file's name that are none are replaced."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _inside(path: str, root: str) -> str:
    """The path as seen from a folder; empty where it is not inside."""
    try:
        seen = os.path.relpath(path, root)
    except ValueError:  # on another drive
        return ""
    return "" if seen == os.pardir or seen.startswith(os.pardir + os.sep) else seen
