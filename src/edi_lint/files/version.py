"""The version of edi-lint, as pyproject.toml has it, and where its documentation is."""

VERSION = "0.1.0"

DOCUMENTATION = ""
"""The URL of the published documentation; empty while it is published nowhere."""
