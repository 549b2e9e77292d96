"""The report page: one HTML file with everything in it, for a browser without a network."""

from porter.report.page.document import Document, document
from porter.report.page.html import page
from porter.report.page.values import Detail, PastRun, Piece, Report

__all__ = ["Detail", "Document", "PastRun", "Piece", "Report", "document", "page"]
