"""What waits between the two readings of a file: findings, service lines and the tree, on disk."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import Any, Generic, NamedTuple, TypeVar

from edi_lint.claims import Claim, ServiceLine
from edi_lint.engine import Block
from edi_lint.files.spool import Spool
from edi_lint.findings import Edit, Finding
from edi_lint.findings.masking import (
    Phi,
    is_charge,
    printable,
    shown_claim,
    shown_number,
    visible_values,
)
from edi_lint.transform.rows import node_of
from edi_lint.transform.sections import first_byte
from edi_lint.transform.views import FindingView, LineView, Opening

View = TypeVar("View")


class Views(Generic[View]):
    """What a template may walk as often as it wants, and nothing else."""

    def __init__(self, walk: Callable[[], Iterator[View]]) -> None:
        self._walk = walk

    def __iter__(self) -> Iterator[View]:
        return self._walk()


class Stored(Generic[View]):
    """Views of what waits in a spool, in the order of their place in the input."""

    def __init__(self, view: Callable[[int, dict[str, Any]], View]) -> None:
        self._view = view
        self._data: Spool[dict[str, Any]] = Spool()
        self._places = array("q")
        self._names = array("H")
        self._known: dict[str, int] = {}

    def add(self, place: int, data: dict[str, Any], name: str = "") -> None:
        """Keep data; `name` orders what is at the same place."""
        self._places.append(place)
        self._names.append(self._known.setdefault(name, len(self._known)))
        self._data.append(data)

    def walk(self) -> Iterator[View]:
        """What is at the same place comes by its name, then in the order in which it was added."""
        names = sorted(self._known)
        ranks = [names.index(name) for name in self._known]
        keys = zip(self._places, (ranks[n] for n in self._names), strict=True)
        order = array("q", (n for _, n in sorted((key, n) for n, key in enumerate(keys))))
        for number, index in enumerate(order, start=1):
            yield self._view(number, dict(self._data[index]))

    def close(self) -> None:
        self._data.close()


class Found(NamedTuple):
    """A finding on its way to a template, and the edits of its fix, which no template sees."""

    view: FindingView
    edits: tuple[Edit, ...]


def finding(finding: Finding, phi: Phi) -> dict[str, Any]:
    """A finding as it is kept."""
    place, fix = finding.location, finding.fix
    answers = (
        f"{name.upper()} {code}"
        for name, value in finding.response.json().items()
        for code in _answered(name, value)
    )
    texts = {
        "message": finding.message,
        "help": finding.help,
        "fix": fix.message if fix else "",
        "segment": place.segment,
        "element": place.element,
        "transaction": place.transaction,
        "claim": place.claim if phi is not Phi.NONE else "",
        "service_line": place.service_line,
        "see_also": finding.see_also,
    }
    return {name: printable(text) for name, text in texts.items()} | {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "level": finding.level,
        "applicability": fix.applicability.value if fix else "",
        "answers": list(answers),
        "line": place.line,
        "column": place.column,
        "byte_start": place.byte_start,
        "byte_end": place.byte_end,
        "ordinal": place.segment_ordinal,
        "loop": place.loop,
        "claim_number": place.claim_number,
        "edits": fix.edits if fix else (),
    }


def _answered(name: str, value: str | list[str]) -> list[str]:
    """A category and a status are one answer, several remark codes are several."""
    if isinstance(value, str):
        return [value]
    return [":".join(value)] if name == "stc" else value


def found(number: int, data: dict[str, Any]) -> Found:
    """A finding as it was kept."""
    edits = tuple(Edit(*edit) for edit in data.pop("edits"))
    return Found(FindingView(**data | {"number": number, "answers": tuple(data["answers"])}), edits)


def line(
    line: ServiceLine, block: Block, place: int, before: int, phi: Phi
) -> tuple[int, dict[str, Any]]:
    """Where a service line begins, and what is shown of it.

    The line ends in `block`. `place` counts claims of the file, `before` the segments of the
    claim's section in blocks before this one.
    """
    sv1 = line.sv1
    first = line.lx or sv1
    if first is None:
        return block.starts[0], {"number": "", "code": "", "index": before}
    values = (visible_values(sv1, node_of(sv1, block), phi) if sv1 else []) + [""] * 5
    number = visible_values(line.lx, node_of(line.lx, block), phi)[1:2] if line.lx else []
    procedure = values[1].split(first.delimiters.component.decode("latin-1"))
    return first.start, {
        "code": printable("".join(procedure[1:2])),
        "modifiers": [printable(m) for m in procedure[2:6] if m],
        "charge": printable(values[2]),
        "units": printable(values[4]),
        "number": printable("".join(number)),
        "claim": shown_claim(line.claim.id) if phi is not Phi.NONE else "",
        "claim_number": line.claim.number,
        "transaction": shown_number(line.claim.transaction.control_number),
        "line": first.locate()[0],
        "byte_start": first.start,
        "place": place,
        "index": before + bisect_left(block.starts, first.start),
    }


def line_view(_: int, data: dict[str, Any]) -> LineView:
    """A service line as it was kept."""
    return LineView(**data | {"modifiers": tuple(data["modifiers"])})


def envelope(
    opening: Opening, block: Block, path: list[int], section: int
) -> tuple[int, dict[str, Any]]:
    """Where an envelope begins, and what the tree says of it."""
    return first_byte(block), {
        "kind": opening.kind,
        "id": opening.id,
        "note": opening.note,
        "path": [*path],
        "section": section,
    }


def claim(
    block: Block,
    path: list[int],
    section: int,
    place: int,
    lines: list[tuple[str, str, int]],
    payer: str,
    phi: Phi,
) -> tuple[int, dict[str, Any]]:
    """Where a claim begins, and what the tree and the list of claims say of it."""
    assert block.claim is not None
    charge, transaction = Claim(block).charge, block.context.transaction
    return block.starts[0], {
        "kind": "claim",
        "id": shown_claim(block.claim.id) if phi is not Phi.NONE else "",
        "path": [*path],
        "section": section,
        "place": place,
        "claim_number": block.claim.number,
        "transaction": shown_number(transaction.control_number) if transaction else "",
        "payer": payer,
        "charge": str(charge) if charge is not None and is_charge(charge) else "",
        "lines": [*lines],
        "start": block.starts[0],
        "end": block.ends[-1],
    }
