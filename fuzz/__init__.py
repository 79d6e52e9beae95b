"""Fuzzing of reader, engines and commands; CONTRIBUTING.md says how to run it."""
