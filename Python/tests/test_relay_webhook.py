"""The relay against a real HTTP server."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from relaying import FakeDaemon, free_port, record, relay, wait_for, write_lines

pytest.importorskip("requests", reason="requests is not installed")
pytestmark = pytest.mark.timeout(120)
SECRET = "whsec_" + base64.b64encode(b"k" * 24).decode()


class Hook(ThreadingHTTPServer):
    """Takes requests; `answers` are the statuses it gives first, then 204 for ever."""

    daemon_threads = True

    def __init__(self, *answers: tuple[int, dict[str, str]] | int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = [(a, {}) if isinstance(a, int) else a for a in answers]
        self.requests: list[tuple[float, dict[str, str], bytes]] = []
        self.delay = 0.0
        self.hold = threading.Event()
        self.hold.set()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"

    @property
    def bodies(self) -> list[bytes]:
        return [body for _, _, body in self.requests]


class _Handler(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.hold.wait(30)
        time.sleep(self.server.delay)
        self.server.requests.append((time.monotonic(), dict(self.headers.items()), body))
        status, headers = self.server.answers.pop(0) if self.server.answers else (204, {})
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hook():
    servers = []

    def make(*answers):
        servers.append(Hook(*answers))
        return servers[-1]

    yield make
    for one in servers:
        one.shutdown()
        one.server_close()


def events(count: int) -> list[bytes]:
    return [
        f'{{"v":1,"event":"segment","source":"door","track":1,"unit":"AU12","onset":{n}.000000}}'.encode() for n in range(count)
    ]


def test_events_come_signed_and_in_their_order_and_records_do_not(tmp_path, hook):
    server = hook()
    (tmp_path / "secret").write_text(SECRET + "\n")
    (tmp_path / "header").write_text("Authorization: Bearer abc123token\n")
    sent = events(20)
    source = str(write_lines(tmp_path / "in.jsonl", [line for n, e in enumerate(sent) for line in (record(n), e)]))
    arguments = ["--secret-file", str(tmp_path / "secret"), "--header-file", str(tmp_path / "header")]
    with relay("webhook", "--url", server.url, "--input", source, *arguments) as process:
        assert process.wait() == 0, process.said
        assert "0 records and 20 events handed on; nothing lost" in process.said
    assert server.bodies == sent
    for _, headers, body in server.requests:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = base64.b64encode(hmac.new(b"k" * 24, signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{expected}"
        assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
        assert headers["Authorization"] == "Bearer abc123token" and headers["Content-Type"] == "application/json"
    assert len({headers["webhook-id"] for _, headers, _ in server.requests}) == 20


def test_the_signature_is_what_the_specification_says(tmp_path, hook):
    standard = pytest.importorskip("standardwebhooks", reason="standardwebhooks, the reference verifier, is not installed")
    server = hook()
    (tmp_path / "secret").write_text(SECRET + "\n")
    source = str(write_lines(tmp_path / "in.jsonl", events(1)))
    with relay("webhook", "--url", server.url, "--input", source, "--secret-file", str(tmp_path / "secret")) as process:
        assert process.wait() == 0
    _, headers, body = server.requests[0]
    assert standard.Webhook(SECRET).verify(body, headers) == json.loads(body)
    with pytest.raises(standard.WebhookVerificationError):
        standard.Webhook(SECRET).verify(body.replace(b"AU12", b"AU11"), headers)


def test_what_may_pass_is_tried_again_with_growing_pauses_and_the_same_id(tmp_path, hook):
    server = hook(503, 500, 429, 204, (503, {"Retry-After": "2"}))
    source = str(write_lines(tmp_path / "in.jsonl", events(2)))
    with relay("webhook", "--url", server.url, "--input", source) as process:
        assert process.wait() == 0, process.said
        assert "answers 503; trying again" in process.said and "2 events handed on; nothing lost" in process.said
    first, second = events(2)
    assert server.bodies == [first] * 4 + [second] * 2
    assert len({headers["webhook-id"] for _, headers, _ in server.requests}) == 2
    times = [at for at, _, _ in server.requests]
    pauses = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert pauses[0] < pauses[1] < pauses[2] and pauses[4] >= 2


def test_what_is_refused_for_good_is_told_and_the_next_one_goes_on(tmp_path, hook):
    server = hook(204, 400, 302)
    sent = events(4)
    source = str(write_lines(tmp_path / "in.jsonl", sent))
    with relay("webhook", "--url", server.url, "--input", source) as process:
        assert process.wait() == 2
        assert "events lost: 1 refused: 127.0.0.1" in process.said and "answers 302" in process.said
    told = [json.loads(body) for body in server.bodies if json.loads(body)["event"] == "dropped"]
    # A loss is told by an event that comes before the next one, or at the end.
    assert sum(event["count"] for event in told) == 2
    assert [body for body in server.bodies if b"segment" in body] == sent


def test_secrets_of_the_address_are_not_shown_and_nothing_listens(tmp_path):
    source = str(write_lines(tmp_path / "in.jsonl", events(1)))
    (tmp_path / "url").write_text(f"http://127.0.0.1:{free_port()}/services/T0KEN/XYZ?key=QUERYSECRET\n")
    with relay("webhook", "--url-file", str(tmp_path / "url"), "--input", source, "--give-up", "1") as process:
        assert process.wait() == 69
        assert "T0KEN" not in process.said and "QUERYSECRET" not in process.said and "Connection refused" in process.said
        assert "takes lines again" not in process.said
    with relay("webhook", "--url", "ftp://host/", "--input", source) as process:
        assert process.wait() == 64
    with relay("webhook", "--input", source, "--records-only", "--url", "http://host") as process:
        assert process.wait() == 64


def test_a_hook_that_hangs_is_not_waited_for_at_the_end(tmp_path, hook):
    server = hook()
    server.hold.clear()
    fake = FakeDaemon(tmp_path / "s")
    arguments = ["--url", server.url, "--socket", str(tmp_path / "s"), "--timeout", "2", "--drain", "1", "--event", "segment"]
    with relay("webhook", *arguments) as process:
        fake.accept()
        assert json.loads(fake.request)["events_only"] is True
        fake.send(*events(3))
        time.sleep(0.5)
        begun = time.monotonic()
        assert process.stop() == 2
        assert time.monotonic() - begun < 15
        assert "events lost: 3 left at the end" in process.said
    server.hold.set()
    fake.close()


def test_a_slow_hook_does_not_hold_a_stop(tmp_path, hook):
    server = hook()
    server.delay = 0.5
    fake = FakeDaemon(tmp_path / "s")
    with relay("webhook", "--url", server.url, "--socket", str(tmp_path / "s"), "--drain", "1") as process:
        fake.accept()
        fake.send(*events(50))
        wait_for(lambda: len(server.bodies) >= 2)
        begun = time.monotonic()
        assert process.stop() == 2
        assert time.monotonic() - begun < 15
        handed_on = len(server.bodies)
        assert f"{handed_on} events handed on; events lost: {51 - handed_on} left at the end" in process.said
    fake.close()


def test_a_hook_that_refuses_all_is_not_asked_for_ever(tmp_path, hook):
    server = hook(*[400] * 1000)
    source = str(write_lines(tmp_path / "in.jsonl", events(3)))
    with relay("webhook", "--url", server.url, "--input", source) as process:
        assert process.wait() == 2
        assert "0 events handed on; events lost: 3 refused" in process.said
    assert len(server.bodies) < 10
