"""Exports to the formats of other programs (Documentation/Exports.md). `norface export --help` lists them."""

from __future__ import annotations

from .errors import ExportError, MissingExtraError
from .options import Options
from .registry import FORMATS, Format, export

__all__ = ["FORMATS", "ExportError", "Format", "MissingExtraError", "Options", "export"]
