"""Runs the engine and the rules over inputs, one or many, in one process or in several."""
