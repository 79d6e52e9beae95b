"""The version of edi-lint, as pyproject.toml has it."""

VERSION = "0.1.0"
