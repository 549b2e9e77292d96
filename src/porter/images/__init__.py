"""porter.images."""
