"""porter.wheelhouse."""
