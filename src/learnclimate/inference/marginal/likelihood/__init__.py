"""The marginal likelihood: data laid out, sums over teams, work shared out."""
