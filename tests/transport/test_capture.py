"""Finding the end of a command in its output, however the bytes come."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from haconsole.transport.capture import Capture
from haconsole.transport.solo import Backlog, _Tail


def pieces(data: bytes, sizes: list[int]) -> list[bytes]:
    out, at = [], 0
    for size in sizes:
        out.append(data[at : at + size])
        at += size
    return [*out, data[at:]]


@given(st.binary(max_size=200), st.integers(0, 300), st.lists(st.integers(1, 30)))
def test_everything_before_the_mark_is_output(output, limit, sizes):
    capture = Capture(b"\x1enonce ", b"\x1e", limit)
    for piece in pieces(output + b"\x1enonce 137\x1e", sizes):
        capture.feed(piece)
    if b"\x1enonce " not in output:
        assert capture.word == b"137"
        assert capture.data == output[:limit]
        assert capture.truncated == (len(output) > limit)
        assert capture.seen == len(output)


def test_no_mark_keeps_everything():
    capture = Capture(b"\x1enonce ", b"\x1e", 100)
    capture.feed(b"abc\x1eno")
    assert not capture.done
    capture.close()
    assert capture.data == b"abc\x1eno"


@given(st.binary(max_size=200), st.lists(st.integers(1, 30)))
def test_a_stream_gives_every_byte_but_the_mark(output, sizes):
    tail = _Tail("nonce")
    seen = b""
    for piece in pieces(output + b"\x1enonce 3\x1e", sizes):
        seen += tail.feed(piece)
    assert seen + tail.finish() == output
    assert tail.status == 3


def test_a_full_backlog_drops_the_oldest_and_counts():
    backlog = Backlog(lines=3, size=1000)
    backlog.add([b"1", b"2", b"3", b"4", b"5"])
    assert backlog.take() == ([b"3", b"4", b"5"], 2)
    assert not backlog


def test_a_backlog_is_bounded_in_bytes_too():
    backlog = Backlog(lines=100, size=10)
    backlog.add([b"x" * 8, b"y" * 8])
    assert backlog.take() == ([b"y" * 8], 1)
