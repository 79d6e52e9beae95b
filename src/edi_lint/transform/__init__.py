"""Turns a file into something else by Jinja templates: explained, or rewritten."""
