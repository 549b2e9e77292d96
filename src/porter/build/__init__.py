"""porter.build."""
