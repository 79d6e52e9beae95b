"""Segments of answer files as they may be shown: codes and positions, everything protected masked.

What is shown goes by the segment's tag alone, since a trace knows where answers are, not how they
were placed.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from edi_lint.findings.masking import Phi, printable, visible_values
from edi_lint.grammar import SegmentNode, envelope_node, response_grammar
from edi_lint.tracing.model import TracedAnswer, TracedEvent
from edi_lint.tracing.sent_folder import Opener
from edi_lint.x12 import Delimiters, Segment
from edi_lint.x12.delimiters import LOOKED_AT, read_isa
from edi_lint.x12.encoding import single_bytes
from edi_lint.x12.segment import Window

_LONGEST = 500
"""So many bytes of a segment are shown at most."""


def answer_segments(
    answers: list[TracedAnswer], events: Iterable[TracedEvent], opener: Opener, phi: Phi
) -> dict[tuple[str, int], str]:
    """The segment of each event, by the path and the offset in the answer's file.

    What cannot be read again is not there.
    """
    wanted: dict[str, list[TracedEvent]] = {}
    for event in events:
        wanted.setdefault(answers[event.answer].path, []).append(event)
    found: dict[tuple[str, int], str] = {}
    for path, of_file in wanted.items():
        try:
            with opener(path) as opened:
                stream = single_bytes(opened)
                data = stream.read(LOOKED_AT)
                at = max(data.find(b"ISA"), 0)
                header = read_isa(data, at)
                if header is None:
                    continue
                for event in of_file:
                    stream.seek(event.byte_start)
                    raw = stream.read(min(event.byte_end - event.byte_start, _LONGEST))
                    found[path, event.byte_start] = _shown(raw, header.delimiters, phi)
        except OSError:
            continue
    return found


def _shown(raw: bytes, delimiters: Delimiters, phi: Phi) -> str:
    raw = raw.translate(None, b"\r\n").rstrip(delimiters.terminator)
    segment = Segment(Window(raw, 0, 1, 0), 0, len(raw), delimiters)
    values = visible_values(segment, _node(segment.tag), phi)
    return printable(delimiters.texts[0].join(values))


@cache
def _node(tag: str) -> SegmentNode | None:
    """A place of the guide that has this tag: what may be shown there is the same in all."""
    tag = {"AK3": "IK3", "AK4": "IK4", "AK5": "IK5"}.get(tag, tag)
    for kind in ("999", "277"):
        for node in response_grammar(kind).segment_nodes():
            if node.tag == tag:
                return node
    return envelope_node(tag)
