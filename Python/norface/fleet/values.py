"""Single values of rows."""

from __future__ import annotations

import math
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

# As the daemon has it: names stand in topics, paths and metrics.
NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")
_SECRETS = re.compile(r"^(pass(word|wd)?|pwd|token|secret|api_?key|auth|sig(nature)?)$", re.IGNORECASE)
_SIZES = {"360p": (640, 360), "480p": (640, 480), "720p": (1280, 720), "1080p": (1920, 1080), "2160p": (3840, 2160)}


def number(value: Any, least: float, most: float) -> float:
    """A number in a range.

    Raises:
        ValueError: it is none, or is outside; the text says what is expected.
    """
    expected = f"a number from {least:g} to {most:g} is expected, not {value!r}"
    try:
        # Python takes true for 1.
        result = float("" if isinstance(value, bool) else value)
    except (TypeError, ValueError):
        raise ValueError(expected) from None
    if not math.isfinite(result) or not least <= result <= most:
        raise ValueError(expected)
    return result


def flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    raise ValueError(f"true or false is expected, not {value!r}")


def name(value: Any) -> str:
    text = str(value)
    if not NAME.fullmatch(text):
        raise ValueError(f"letters, digits, - and _ are expected, 100 at most, not {text!r}")
    return text


def size(value: Any) -> tuple[int, int]:
    text = str(value)
    if text in _SIZES:
        return _SIZES[text]
    found = re.fullmatch(r"(\d{2,5})x(\d{2,5})", text)
    if not found:
        raise ValueError(f"360p, 480p, 720p, 1080p, 2160p or WIDTHxHEIGHT is expected, not {text!r}")
    return int(found[1]), int(found[2])


def url(value: Any) -> str:
    """An address without a secret. What is wrong is said without showing it."""
    text = str(value)
    if any(ord(character) < 32 for character in text):
        raise ValueError("there is a line break or control character in it")
    if "://" not in text and not text.startswith(("file:", "v4l2:")):
        if text.startswith("/"):
            return text
        raise ValueError("a URL or an absolute path is expected")
    try:
        parts = urlsplit(text)
        password, query = parts.password, parse_qsl(parts.query)
    except ValueError:
        raise ValueError("this is no URL") from None
    reference = "put the whole URL into a file on the machine and name the file in url_file"
    if password is not None:
        raise ValueError(f"a password stands in it; {reference}")
    if any(_SECRETS.match(key) for key, _ in query):
        raise ValueError(f"a key that looks like a secret stands in it; {reference}")
    return text


def url_file(value: Any) -> str:
    text = str(value)
    if "://" in text or any(ord(character) < 32 for character in text):
        raise ValueError("the name of a file is expected, in which the machine finds the URL")
    return text


def setting(value: Any) -> Any:
    """A value of the daemon's configuration; texts of a CSV get the kind that YAML would give them."""
    if not isinstance(value, str):
        if isinstance(value, (bool, int)) or (isinstance(value, float) and math.isfinite(value)):
            return value
        raise ValueError(f"{value!r} is no value of a configuration; put it between quotes")
    if value in ("true", "false"):
        return value == "true"
    if re.fullmatch(r"-?\d{1,15}", value):
        return int(value)
    if re.fullmatch(r"-?\d{1,15}\.\d{1,15}", value):
        return float(value)
    if any(ord(character) < 32 for character in value):
        raise ValueError("there is a line break or control character in it")
    return value
