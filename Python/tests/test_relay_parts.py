"""Lines, losses, queues and credentials of the relay, without any server."""

from __future__ import annotations

import json
import math
import threading
import time

import pytest
from relaying import record

from norface.relay import credentials
from norface.relay.backlog import Backlog
from norface.relay.errors import Failure
from norface.relay.items import Loss, made, parse
from norface.relay.kinds.lsl import Slots, channels_of, values
from norface.relay.pauses import Pauses
from norface.relay.topics import name_of, topic


def test_a_loss_changes_nothing_but_its_numbers():
    line = record(7, dropped=2)
    told = parse(line).after(Loss(3, {"overload": 1}))
    assert told.line == line.replace(b'"dropped":2', b'"dropped":5,"drops":{"overload":1}')
    assert json.loads(told.line)["dropped"] == told.data["dropped"] == 5
    again = told.after(Loss(1, {"overload": 1, "thinned": 4}))
    assert again.line == line.replace(b'"dropped":2', b'"dropped":6,"drops":{"overload":2,"thinned":4}')
    assert parse(line).after(Loss()).line == line


def test_a_source_whose_name_looks_like_a_loss_is_left_alone():
    line = record(1, source='a","dropped":9,"b')
    told = parse(line).after(Loss(4))
    assert told.data["source"] == json.loads(told.line)["source"] == 'a","dropped":9,"b'
    assert json.loads(told.line)["dropped"] == 4


def test_keys_of_records_do_not_depend_on_what_was_lost_before():
    one, two = parse(record(3), "run"), parse(record(3, dropped=9), "run")
    assert one.key == two.key == "run/door/3"
    assert parse(record(3)).key != parse(record(4)).key
    assert parse(b'{"event":"marker","marker":"a"}', "r").key != parse(b'{"event":"marker","marker":"b"}', "r").key


@pytest.mark.parametrize("line", [b"", b"[]", b"{", b'{"a":1}', b"\xff", b"12"])
def test_what_is_no_line_of_a_daemon_is_told(line):
    with pytest.raises(ValueError):
        parse(line)


def test_a_full_queue_loses_the_oldest_and_the_next_record_says_how_many():
    size = len(record(10))
    backlog = Backlog(3 * size + 2, wait=False)
    for seq in range(10, 20):
        backlog.put(parse(record(seq, dropped=1)))
    taken = backlog.take(100, 0)
    assert [item.data["seq"] for item in taken] == [17, 18, 19]
    # Seven records, the frame that each of them told of, and the one that the next told of itself.
    assert [item.data["dropped"] for item in taken] == [15, 1, 1]
    assert sum(backlog.tally.lost.values()) == 7


def test_losses_are_told_to_the_source_that_had_them():
    size = len(record(10))
    backlog = Backlog(2 * size + 4, wait=False)
    for seq in (10, 11):
        backlog.put(parse(record(seq, source="a")))
    for seq in (20, 21):
        backlog.put(parse(record(seq, source="b")))
    assert [(i.source, i.data["dropped"]) for i in backlog.take(9, 0)] == [("b", 0), ("b", 0)]
    backlog.put(parse(record(12, source="a")))
    assert [(i.source, i.data["dropped"]) for i in backlog.take(9, 0)] == [("a", 2)]


def test_events_have_room_of_their_own_and_keep_their_place():
    size = len(record(10))
    backlog = Backlog(2 * size + 2, wait=False)
    backlog.put(parse(b'{"event":"marker","marker":"first"}'))
    for seq in range(10, 15):
        backlog.put(parse(record(seq)))
    backlog.put(parse(b'{"event":"marker","marker":"last"}'))
    assert [i.data.get("marker", i.data.get("seq")) for i in backlog.take(9, 0)] == ["first", 13, 14, "last"]


def test_lost_events_are_told_by_an_event():
    backlog = Backlog(1, wait=False)
    for number in range(100):
        backlog.put(made("marker", marker=f"{number}" + "x" * 1000))
    taken = backlog.take(1000, 0)
    assert taken[0].event == "dropped" and taken[0].data["count"] + len(taken) - 1 == 100
    assert taken[-1].data["marker"].startswith("99x")
    assert backlog.tally.lost_events == {"the target was too slow": taken[0].data["count"]}


def test_a_waiting_queue_holds_its_reader_and_loses_nothing():
    backlog = Backlog(2 * len(record(10)) + 2, wait=True)
    written = []

    def write():
        for seq in range(10, 30):
            backlog.put(parse(record(seq)))
            written.append(seq)
        backlog.close()

    thread = threading.Thread(target=write)
    thread.start()
    time.sleep(0.2)
    assert len(written) == 2
    taken = []
    while not backlog.ended:
        taken += backlog.take(1, 0.1)
    thread.join(5)
    assert [i.data["seq"] for i in taken] == list(range(10, 30)) and not backlog.tally.lost


def test_a_record_that_is_refused_is_told_by_the_next():
    backlog = Backlog(1 << 20, wait=False)
    backlog.lose(parse(record(1, dropped=2)), "refused: too large")
    backlog.put(parse(record(2)))
    assert backlog.take(1, 0)[0].data["dropped"] == 3


def test_topics_cannot_be_broken_out_of():
    assert topic("norface", "/", parse(record(1, source="a/b+#"))) == "norface/a_b__/faces"
    assert topic("norface", ".", parse(b'{"event":"reloaded"}')) == "norface.events"
    assert topic("x", ":", parse(b'{"event":"ended","source":"door-1"}')) == "x:door-1:events"
    assert name_of("") == "_"


def test_secrets_come_from_files_and_are_never_shown(tmp_path, monkeypatch):
    (tmp_path / "word").write_text("hunter2\nsecond\n")
    assert credentials.secret(str(tmp_path / "word"), "NONE") == "hunter2"
    assert credentials.redact("refused for hunter2!") == "refused for ***!"
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert credentials.secret("word", "NONE") == "hunter2"
    monkeypatch.setenv("SOME_WORD", "fromenv")
    assert credentials.secret(None, "SOME_WORD") == "fromenv"
    with pytest.raises(Failure) as failure:
        credentials.secret(str(tmp_path / "none"), "NONE")
    assert failure.value.code == 66
    with pytest.raises(Failure) as failure:
        credentials.without_password("redis://a:b@host", "--password-file")
    assert failure.value.code == 64 and "b@" not in failure.value.message


def test_pauses_grow_to_their_limit_and_begin_anew():
    pauses = Pauses(1, 8)
    assert pauses.fresh
    waits = [pauses.next() for _ in range(6)]
    assert all(0.75 * most <= wait <= 1.25 * most for wait, most in zip(waits, [1, 2, 4, 8, 8, 8], strict=True))
    pauses.restart()
    assert pauses.fresh and pauses.next() <= 1.25


def test_a_face_keeps_its_slot_while_it_is_away_for_a_moment():
    slots = Slots(2)
    assert {k: f["track"] for k, f in slots.place([{"track": 5}, {"track": 6}], 0).items()} == {0: 5, 1: 6}
    assert {k: f["track"] for k, f in slots.place([{"track": 6}, {"track": 7}], 1).items()} == {1: 6}
    assert slots.beyond == 1
    assert {k: f["track"] for k, f in slots.place([{"track": 7}, {"track": 5}, {"track": 6}], 1.5).items()} == {0: 5, 1: 6}
    slots.end(5)
    assert {k: f["track"] for k, f in slots.place([{"track": 7}], 1.6).items()} == {0: 7}
    assert {k: f["track"] for k, f in slots.place([{"track": 8}], 9).items()} == {0: 8}


def test_what_a_record_does_not_say_is_not_a_number():
    labels = (["AU01", "AU99"], ["neutral"])
    names = [name for name, _, _ in channels_of(labels)]
    item = parse(record(4, dropped=1))
    sample = dict(zip(names, values(item, item.data["faces"][0], 1, labels), strict=True))
    assert sample["AU01"] == 0.1 and sample["neutral"] == 1.0 and sample["box_height"] == 40.0 and sample["dropped"] == 1
    assert math.isnan(sample["AU99"]) and math.isnan(sample["gaze_yaw"])
    empty = dict(zip(names, values(item, None, 0, labels), strict=True))
    assert (
        empty["faces"] == 0
        and empty["seq"] == 4
        and all(math.isnan(value) for name, value in empty.items() if name not in ("seq", "dropped", "faces"))
    )
