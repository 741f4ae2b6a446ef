"""The marginal engine: team effects integrated out, the rest sampled and certified."""
