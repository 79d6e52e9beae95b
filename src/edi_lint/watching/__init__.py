"""Watches a folder: says which files are complete, and moves on what was linted, each file once."""
