"""Scales and counts in one model."""
