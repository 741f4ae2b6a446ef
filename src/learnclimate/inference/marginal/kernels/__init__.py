"""Compiled loops over teams and rows, and the arrays that they read."""
