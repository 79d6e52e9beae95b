"""Contracts and grammars as data, read through importlib.resources."""
