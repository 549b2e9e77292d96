"""porter.verify."""
