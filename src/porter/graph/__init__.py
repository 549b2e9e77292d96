"""porter.graph."""
