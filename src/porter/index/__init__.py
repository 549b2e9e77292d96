"""porter.index."""
