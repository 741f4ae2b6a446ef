"""Answers: rate ratios, expected and predicted counts, team effects and ranks, from draws."""
