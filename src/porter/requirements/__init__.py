"""Requirement and constraint files, read as pip reads them."""

from porter.requirements.files import RequirementFiles, Stated, read_files

__all__ = ["RequirementFiles", "Stated", "read_files"]
