"""porter.run."""
