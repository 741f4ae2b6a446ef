"""The scales: how items behave, how reliable and how shared their answers are, and scores."""
