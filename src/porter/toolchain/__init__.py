"""porter.toolchain."""
