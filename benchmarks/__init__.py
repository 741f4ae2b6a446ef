"""Engines on the same data, in one run: time, effective draws, memory, agreement."""
