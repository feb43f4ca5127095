"""What may go wrong, by what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .items import Item

USAGE = 64
NO_INPUT = 66
UNAVAILABLE = 69
INTERNAL = 70
INPUT_OUTPUT = 74
# Everything ended as it should, but something was lost on the way.
INCOMPLETE = 2


class Failure(Exception):
    """Nothing that waiting could mend: the command ends with `code` and `message`."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Away(Exception):
    """The target does not answer or is full: `left` is tried again after a pause.

    `pause` is the least number of seconds to wait, where the target named one.
    """

    def __init__(self, reason: str, left: Sequence[Item] = (), pause: float = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.left = list(left)
        self.pause = pause


class Refused(Exception):
    """The target will never take `item`, which is told and counted as lost; `left` is tried at once."""

    def __init__(self, reason: str, item: Item, left: Sequence[Item] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.item = item
        self.left = list(left)
