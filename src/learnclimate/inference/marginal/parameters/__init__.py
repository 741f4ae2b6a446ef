"""The outer parameters: from standard normal scores to what the likelihood reads."""
