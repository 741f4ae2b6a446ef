"""Draws and summaries of the team effects, given the outer parameters."""
