"""The version of edi-lint, as pyproject.toml has it, and where its documentation is."""

VERSION = "0.2.0"

DOCUMENTATION = ""
"""The URL of the published documentation; empty while it is published nowhere."""

REPOSITORY = "https://github.com/OWNER/edi-lint"
"""Where the project is published; `OWNER` until it is. `scripts/set_repository.py` changes it and
every page that says it."""
