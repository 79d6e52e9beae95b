"""Fuzzing of the reader and of both engines; CONTRIBUTING.md says how to run it."""
