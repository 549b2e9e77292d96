"""porter.resolve."""
