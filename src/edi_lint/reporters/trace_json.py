"""A trace as JSON (`schemas/trace.schema.json`): one document, or a line for each thing in it."""

from __future__ import annotations

from collections.abc import Iterator

from edi_lint.findings.masking import Phi
from edi_lint.reporters.json_text import json_text
from edi_lint.tracing.model import Trace


def document(trace: Trace, phi: Phi) -> Iterator[bytes]:
    """The document, indented, with a line feed at its end; in pieces, for it may be long."""
    yield json_text(trace.head(), indent=1).rpartition("\n}")[0].encode()
    for name, items in trace.parts(phi).items():
        yield f',\n "{name}": ['.encode()
        mark = "\n  "
        for item in items:
            yield (mark + json_text(item, indent=1).replace("\n", "\n  ")).encode()
            mark = ",\n  "
        yield b"]" if mark == "\n  " else b"\n ]"
    summary = json_text(trace.summary(), indent=1).replace("\n", "\n ")
    yield f',\n "summary": {summary}\n}}\n'.encode()


def lines(trace: Trace, phi: Phi) -> Iterator[bytes]:
    """A line each: first what was read, then claims, sets, interchanges and the rest, each an
    object with its `kind`."""
    yield _line("trace", trace.head() | {"summary": trace.summary()})
    for name, items in trace.parts(phi).items():
        for item in items:
            yield _line(_KINDS[name], item)


_KINDS = {
    "claims": "claim",
    "sets": "set",
    "interchanges": "interchange",
    "unmatched": "unmatched",
    "unanswered": "unanswered",
    "scores": "score",
}


def _line(kind: str, what: dict[str, object]) -> bytes:
    return json_text({"kind": kind} | what).encode() + b"\n"
