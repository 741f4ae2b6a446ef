"""From the mode to certified draws of the outer parameters."""
