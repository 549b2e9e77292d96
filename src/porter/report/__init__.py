"""porter.report."""
