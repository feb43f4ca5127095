"""Files of records as tables: JSON Lines and CSV, with the sidecar and the events beside them."""

from __future__ import annotations

from .errors import RecordFileError, TornLineWarning
from .labels import Labels
from .read import read, read_chunks
from .recording import Recording

__all__ = ["Labels", "RecordFileError", "Recording", "TornLineWarning", "read", "read_chunks"]
