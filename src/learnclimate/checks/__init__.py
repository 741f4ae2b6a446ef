"""Whether the draws can be trusted, and whether the model reproduces the answers."""
