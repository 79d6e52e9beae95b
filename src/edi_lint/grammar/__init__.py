"""The 837P grammar as data: loaded from `schemas/`, never from XML, and never written by hand."""

from edi_lint.grammar.load import envelope_node, grammar_for, response_grammar
from edi_lint.grammar.model import ElementSpec, Grammar, LoopNode, SegmentNode, Usage

__all__ = [
    "ElementSpec",
    "Grammar",
    "LoopNode",
    "SegmentNode",
    "Usage",
    "envelope_node",
    "grammar_for",
    "response_grammar",
]
