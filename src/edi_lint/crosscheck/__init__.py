"""Comparing edi-lint's findings with those of other validators."""
