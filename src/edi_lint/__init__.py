"""edi-lint: a linter and transformer for X12 837P claim files."""

__version__ = "0.1.0"
