"""What may go wrong, with the exit codes of the other commands."""

from __future__ import annotations

SOME, USAGE, DATA, NO_INPUT, UNAVAILABLE, INTERNAL, CANNOT_CREATE, IO_ERROR, AGAIN = 2, 64, 65, 66, 69, 70, 73, 74, 75


class Failure(Exception):
    """The command ends with `code`; `message` may have several lines, one for each thing that is wrong."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
