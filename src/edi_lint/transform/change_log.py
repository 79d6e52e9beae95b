"""The change log of a rewriting: for each claim what went, came or is another now, and where.

An entry is made from the original while its claim is rendered, and gets the places of the result
once that is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from edi_lint.claims import Claim
from edi_lint.engine import Block
from edi_lint.findings.masking import Phi, shown_claim, shown_number, shown_tag, visible_values
from edi_lint.transform.segments import ClaimSegment, Sheet
from edi_lint.x12 import Segment

_INDEX, _SEGMENTS = "index", "segments"
"""What an entry holds until it is placed: a segment's index in the new claim, and how many there
are."""


def entry(
    claim: Claim, sheet: Sheet, printed: Sequence[ClaimSegment], template: str, phi: Phi
) -> dict[str, Any]:
    """The claim's entry (`schemas/change-log.schema.json`), not placed yet."""
    changes: list[tuple[int, dict[str, Any]]] = []
    origins = {s.origin for s in printed if s.origin is not None}
    for n, original in enumerate(sheet.originals):
        if n not in origins:
            changes.append((original.start, _change(sheet, original, None, 0, phi)))
    at = sheet.originals[0].start
    seen: set[int] = set()
    for index, segment in enumerate(printed):
        origin = segment.origin
        if origin is None or origin in seen:
            changes.append((at, _change(sheet, None, segment.view, index, phi)))
            continue
        seen.add(origin)
        before = sheet.originals[origin]
        at = before.end
        if segment.view.raw != before.raw:
            changes.append((before.start, _change(sheet, before, segment.view, index, phi)))
    changes.sort(key=lambda change: change[0])
    named: dict[str, Any] = {"claim": shown_claim(claim.id)} if phi is not Phi.NONE else {}
    return named | {
        "transaction": shown_number(claim.transaction.control_number),
        "claim_number": claim.number,
        "template": template,
        "changes": [change for _, change in changes],
        _SEGMENTS: len(printed),
    }


def _change(
    sheet: Sheet, before: Segment | None, after: Segment | None, index: int, phi: Phi
) -> dict[str, Any]:
    def shown(segment: Segment) -> str:
        node = sheet.grammar.segment_node(segment.node)
        return sheet.delimiters.texts[0].join(visible_values(segment, node, phi))

    change: dict[str, Any] = {"segment": shown_tag(before or after or sheet.originals[0])}
    if before is not None:
        change["before"] = {
            "byte_start": before.start,
            "byte_end": before.end,
            "segment_ordinal": before.ordinal,
            "text": shown(before),
        }
    if after is not None:
        change["after"] = {_INDEX: index, "text": shown(after)}
    return change


def placed(entry: dict[str, Any], block: Block) -> dict[str, Any]:
    """The entry with the places that its segments have in the result, where `block` is its claim.

    Where the result does not read as it was written there are no places.
    """
    entry = dict(entry)
    reads = entry.pop(_SEGMENTS) == len(block)
    context = block.context
    if context.interchange and context.transaction and block.claim:
        entry["result"] = {
            "interchange": shown_number(context.interchange.control_number),
            "transaction": shown_number(context.transaction.control_number),
            "claim_number": block.claim.number,
        }
    changes = []
    for change in entry.pop("changes"):
        if "after" in change:
            after = dict(change["after"])
            index = after.pop(_INDEX)
            where = _where(block, index) if reads else {}
            change = change | {"after": where | after}
        changes.append(change)
    return entry | {"changes": changes}


def _where(block: Block, index: int) -> dict[str, int]:
    return {
        "byte_start": block.starts[index],
        "byte_end": block.ends[index],
        "segment_ordinal": block.first_ordinal + index,
    }
