"""What a kind has to do."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from types import ModuleType
from typing import ClassVar

from ..errors import UNAVAILABLE, Failure
from ..items import Item


class Target(ABC):
    """Somebody who takes lines. All calls come from one thread, and none of them lasts much longer than `--timeout`."""

    # Events only: the daemon is asked for no records.
    events_only: ClassVar[bool] = False
    # Lines that are sent at a time at most, so that a stop need not wait for many slow answers.
    most_at_once: ClassVar[int] = 1000

    @staticmethod
    @abstractmethod
    def add_options(parser: ArgumentParser) -> None:
        """Adds the kind's own options."""

    @classmethod
    @abstractmethod
    def of(cls, options: Namespace) -> Target:
        """The target that the options describe. Raises Failure where they are wrong or a credential cannot be read."""

    @abstractmethod
    def open(self) -> None:
        """Connects. Raises Away when it should be tried again, Failure when not."""

    @abstractmethod
    def send(self, items: Sequence[Item]) -> None:
        """Hands items on in their order and returns when all are acknowledged.

        Raises:
            Away: with those that are not known to have arrived.
            Refused: one will never be taken.
        """

    def available(self, up: bool) -> None:
        """The daemon came (`up`) or went."""

    def remarks(self) -> list[str]:
        """What is to be said at the end beside the numbers, as what the target has no place for."""
        return []

    @abstractmethod
    def close(self) -> None:
        """Ends the connection; never raises. `open` may follow."""


def library(name: str, package: str) -> ModuleType:
    """A library that only this kind needs.

    Raises:
        Failure: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Failure(UNAVAILABLE, f"this kind needs {package}: pip install 'norface[relay]' ({error})") from None
