"""Make a built wheel publishable: graft its libraries, set its tag, check its compiled files."""

from porter.repair.retag import retag
from porter.repair.wheel import ZIP_EPOCH, Repaired, canonical_name, graft, keep, repair

__all__ = ["ZIP_EPOCH", "Repaired", "canonical_name", "graft", "keep", "repair", "retag"]
