"""Model and survey to draws: the engines, `Fit`, and its file."""
