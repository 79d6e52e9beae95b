"""A trace as JSON (`schemas/trace.schema.json`): one document, or a line for each thing in it."""

from __future__ import annotations

from collections.abc import Iterator

from edi_lint.findings.masking import Phi
from edi_lint.reporters.json_text import json_text
from edi_lint.tracing.model import Trace


def document(trace: Trace, phi: Phi) -> Iterator[bytes]:
    """The document, indented, with a line feed at its end."""
    yield json_text(trace.json(phi), indent=1).encode() + b"\n"


def lines(trace: Trace, phi: Phi) -> Iterator[bytes]:
    """A line each: first what was read, then claims, sets, interchanges and the rest, each an
    object with its `kind`."""
    yield _line("trace", trace.head() | {"summary": trace.summary()})
    everything = trace.json(phi)
    for kind, name in _KINDS.items():
        for one in everything[name]:
            yield _line(kind, one)


_KINDS = {
    "claim": "claims",
    "set": "sets",
    "interchange": "interchanges",
    "unmatched": "unmatched",
    "unanswered": "unanswered",
    "score": "scores",
}


def _line(kind: str, what: dict[str, object]) -> bytes:
    return json_text({"kind": kind} | what).encode() + b"\n"
