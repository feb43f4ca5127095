"""Why something cannot be exported."""

from __future__ import annotations


class ExportError(Exception):
    """The records do not hold what the format needs; the text says what to do."""


class MissingExtraError(ExportError):
    """A library is not installed; the text names the extra that has it."""

    def __init__(self, library: str) -> None:
        super().__init__(f"this format needs {library}: pip install 'norface[export]'")
