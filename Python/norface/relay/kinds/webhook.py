"""Events as HTTP requests, signed after the Standard Webhooks specification."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import math
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

from ..credentials import hide, secret, without_password
from ..errors import NO_INPUT, USAGE, Away, Failure, Refused
from ..items import Item
from .base import Target, library

# What may be gone when it is tried again; every other answer from 400 on is final.
_AGAIN = {408, 425, 429}


@dataclass
class Webhook(Target):
    """One POST an event, its line as the body. `webhook-id` stays the same when it is sent again, so that the other side can
    tell. Redirections are not followed: they would carry the signature elsewhere."""

    events_only: ClassVar[bool] = True
    most_at_once: ClassVar[int] = 1

    url: str
    key: bytes | None
    headers: dict[str, str]
    verify: str | bool
    timeout: float
    _session: Any = None

    @staticmethod
    def add_options(parser: ArgumentParser) -> None:
        parser.add_argument("--url", help="where to, without secrets in it")
        parser.add_argument("--url-file", metavar="FILE", help="its first line; else $NORFACE_RELAY_URL")
        parser.add_argument(
            "--secret-file", metavar="FILE", help="key of the signature, whsec_BASE64 or any text; else $NORFACE_RELAY_SECRET"
        )
        parser.add_argument(
            "--header-file", metavar="FILE", help="one more header, `Authorization: Bearer ...`; else $NORFACE_RELAY_HEADER"
        )
        parser.add_argument("--ca", metavar="FILE", help="certificate authority")

    @classmethod
    def of(cls, options: Namespace) -> Webhook:
        if options.url and options.url_file:
            raise Failure(USAGE, "choose --url or --url-file")
        url = options.url and without_password(options.url, "--url-file")
        url = url or secret(options.url_file, "NORFACE_RELAY_URL")
        if not url or urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise Failure(USAGE, "webhook needs --url or --url-file with an address of http or https")
        if not options.url:
            hide(urlsplit(url).path if len(urlsplit(url).path) > 1 else "")
            hide(urlsplit(url).query)
        headers = {}
        header = secret(options.header_file, "NORFACE_RELAY_HEADER")
        if header:
            name, separator, value = header.partition(":")
            if not separator or not value.strip():
                raise Failure(USAGE, "the header must be NAME: VALUE")
            headers[name.strip()] = hide(value.strip())
        text = secret(options.secret_file, "NORFACE_RELAY_SECRET")
        if options.ca:
            try:
                open(options.ca, "rb").close()
            except OSError as error:
                raise Failure(NO_INPUT, f"{options.ca}: {error.strerror}") from None
        return cls(url, key_of(text) if text else None, headers, options.ca or True, options.timeout)

    def open(self) -> None:
        requests = library("requests", "requests")
        self._session = requests.Session()
        # Proxies of the environment stay, `.netrc` does not: its password would go to whatever host is named.
        self._session.auth = lambda request: request
        self._session.verify = self.verify

    def send(self, items: Sequence[Item]) -> None:
        import requests

        for place, item in enumerate(items):
            left = list(items[place:])
            try:
                answer = self._session.post(
                    self.url,
                    data=item.line,
                    headers=self._headers(item),
                    timeout=self.timeout,
                    allow_redirects=False,
                    stream=True,
                )
                answer.close()
            except requests.RequestException as error:
                raise Away(f"{urlsplit(self.url).netloc}: {_cause(error)}", left) from None
            if answer.status_code in _AGAIN or answer.status_code >= 500:
                said = f"{urlsplit(self.url).netloc} answers {answer.status_code}"
                raise Away(said, left, pause=_pause(answer.headers.get("Retry-After")))
            if answer.status_code >= 300:
                raise Refused(f"{urlsplit(self.url).netloc} answers {answer.status_code}", item, left[1:])

    def _headers(self, item: Item) -> dict[str, str]:
        now = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "norface-relay",
            "webhook-id": item.key,
            "webhook-timestamp": now,
        }
        if self.key is not None:
            headers["webhook-signature"] = sign(self.key, item.key, now, item.line)
        return headers | self.headers

    def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()


def key_of(text: str) -> bytes:
    """The key of a secret: after `whsec_` in base64, else its own bytes."""
    if text.startswith("whsec_"):
        try:
            return base64.b64decode(text[6:], validate=True)
        except binascii.Error:
            raise Failure(USAGE, "the secret behind whsec_ is no base64") from None
    return text.encode()


def sign(key: bytes, identity: str, timestamp: str, body: bytes) -> str:
    """`v1,` and the HMAC-SHA256 of `ID.TIMESTAMP.BODY` in base64."""
    signed = f"{identity}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _pause(text: str | None) -> float:
    """Seconds of a `Retry-After`, five minutes at most."""
    if not text:
        return 0
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - time.time()
        except (TypeError, ValueError):
            return 0
    return min(max(seconds, 0), 300) if math.isfinite(seconds) else 0


def _cause(error: Exception) -> str:
    """The short reason within requests' long ones, which repeat the address."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, OSError) and inner.strerror and inner.errno:
            return str(inner.strerror)
        reason = getattr(inner, "reason", None) or (
            inner.args[0] if inner.args and isinstance(inner.args[0], Exception) else None
        )
        inner = reason if isinstance(reason, BaseException) else inner.__cause__ or inner.__context__
    return type(error).__name__
