"""Requirement and constraint files, read as pip reads them."""

from porter.requirements.direct import named
from porter.requirements.files import RequirementFiles, Stated, read_files
from porter.requirements.options import LineError

__all__ = ["LineError", "RequirementFiles", "Stated", "named", "read_files"]
