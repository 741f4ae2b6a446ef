"""What every room shares: the error family, the names of dims, and the shape of an answer."""
