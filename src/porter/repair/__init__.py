"""porter.repair."""
