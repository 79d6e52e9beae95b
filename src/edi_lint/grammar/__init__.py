"""The 837P grammar as data: loaded from `schemas/`, never from XML, and never written by hand."""

from edi_lint.grammar.load import answer_kind, envelope_node, grammar_for, response_grammar
from edi_lint.grammar.model import ElementSpec, Grammar, LoopNode, SegmentNode, Usage

__all__ = [
    "ElementSpec",
    "Grammar",
    "LoopNode",
    "SegmentNode",
    "Usage",
    "answer_kind",
    "envelope_node",
    "grammar_for",
    "response_grammar",
]
