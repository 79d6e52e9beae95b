"""Byte edits on an original: applying them, recounting trailers, judging what came out."""

from edi_lint.edits.apply import EditConflict, apply, as_stream, recount

__all__ = ["EditConflict", "apply", "as_stream", "recount"]
