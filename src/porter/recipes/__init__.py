"""porter.recipes."""
