"""The fixtures of the live page's tests."""

import pytest

pytest.importorskip("playwright.sync_api", reason="needs playwright (pip install playwright)")

from page.fixtures import browser, server, show  # noqa: F401
