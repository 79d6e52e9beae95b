"""Jinja templates that edi-lint ships, read through importlib.resources."""
