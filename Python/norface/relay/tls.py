"""TLS to servers, as options of the command line say."""

from __future__ import annotations

import ssl
from argparse import ArgumentParser, Namespace

from .errors import NO_INPUT, Failure


def add_tls_options(parser: ArgumentParser) -> None:
    """Adds --tls, --ca, --cert and --key."""
    parser.add_argument("--tls", action="store_true", help="TLS, with the system's certificate authorities")
    parser.add_argument("--ca", metavar="FILE", help="TLS with this certificate authority")
    parser.add_argument("--cert", metavar="FILE", help="a certificate of its own")
    parser.add_argument("--key", metavar="FILE", help="and its key")


def tls_context(options: Namespace) -> ssl.SSLContext | None:
    """Of --tls, --ca, --cert and --key; None without any of them."""
    if not (options.tls or options.ca or options.cert):
        return None
    try:
        context = ssl.create_default_context(cafile=options.ca)
        if options.cert:
            context.load_cert_chain(options.cert, options.key)
    except (OSError, ssl.SSLError) as error:
        raise Failure(NO_INPUT, f"certificate or key: {error}") from None
    return context
