"""The version of edi-lint, as pyproject.toml has it."""

VERSION = "0.2.0"


REPOSITORY = "https://github.com/OWNER/edi-lint"
"""Where the project is published; `OWNER` until it is. `scripts/set_repository.py` changes it and
every page that says it."""
