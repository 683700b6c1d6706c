"""Streams: at once when little comes, in batches when much does, bounded always."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
import uuid

import pytest

from haconsole.transport import solo
from haconsole.transport.cleaning import LINE_LIMIT
from haconsole.transport.commands import Command
from haconsole.transport.errors import LinkDownError, TransportError
from tests.support.waiting import processes, until


def stream(door, script: str, host: str = "lb01", *, apart: bool = False):
    command = Command("stream", script)
    return contextlib.aclosing(door.transport.stream(host, command, apart=apart))


async def everything(door, script: str) -> tuple[list[str], int, int | None, str]:
    lines, dropped, status, problem = [], 0, None, ""
    async with stream(door, script) as batches:
        async for batch in batches:
            lines += batch.lines
            dropped += batch.dropped
            status, problem = batch.exit_status, batch.problem
    return lines, dropped, status, problem


async def test_lines_come_as_they_are_written(door, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    end = os.open(pipe, os.O_RDWR)
    try:
        async with stream(door, f"while read -r l; do echo $l; done <{pipe}") as batches:
            for word in ("one", "two", "three"):
                os.write(end, f"{word}\n".encode())
                batch = await asyncio.wait_for(anext(batches), 5)
                assert list(batch.lines) == [word]
    finally:
        os.close(end)


async def test_the_end_carries_status_and_complaint(door):
    assert await everything(door, "echo a; printf b; echo 'no \033such' >&2; exit 127") == (
        ["a", "b"],
        0,
        127,
        "no ␛such",
    )


async def test_a_stream_without_output_ends(door):
    assert await everything(door, ":") == ([], 0, 0, "")


async def test_a_missing_tool_is_told(door):
    lines, _, status, problem = await everything(door, "no-such-tool --follow")
    assert (lines, status) == ([], 127)
    assert "no-such-tool" in problem


async def test_standard_input_of_a_stream_is_empty(door):
    assert (await everything(door, "cat; echo end"))[0] == ["end"]


async def test_hostile_lines_are_cleaned(door):
    lines, _, _, _ = await everything(door, "printf '\\033[2Jx\\r\\n\\377\\000\\036\\n[red]\\n'")
    assert lines == ["␛[2Jx", "\ufffd␀␞", "[red]"]


async def test_a_ten_megabyte_line_is_cut(door):
    script = "head -c 10000000 /dev/zero | tr '\\0' x; echo; echo after"
    lines, dropped, status, _ = await everything(door, script)
    assert (len(lines), dropped, status) == (2, 0, 0)
    assert lines[0] == "x" * LINE_LIMIT + "…"
    assert lines[1] == "after"


async def test_a_flood_neither_stalls_the_loop_nor_fills_memory(door):
    """Counts what is kept; the loop's lag only has to stay far from a stall."""
    lags: list[float] = []

    async def watch() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            lags.append(time.perf_counter() - began)

    watcher = asyncio.create_task(watch())
    count, largest = 300_000, 0
    seen = dropped = 0
    async with stream(door, f"seq 1 {count}") as batches:
        async for batch in batches:
            seen += len(batch.lines)
            dropped += batch.dropped
            largest = max(largest, len(batch.lines))
    watcher.cancel()
    assert seen + dropped == count
    assert largest <= solo.BATCH_LINES
    assert max(lags) < 0.5


async def test_a_slow_reader_loses_the_oldest_lines_and_knows_how_many(door, monkeypatch):
    total = 50_000
    marker = uuid.uuid4().hex
    seen, dropped, last = 0, 0, ""
    async with stream(
        door, f"echo first; seq 1 {total}; sh -c 'sleep 1000; : {marker}'"
    ) as batches:
        assert (await anext(batches)).lines[0] == "first"
        await until(lambda: processes(marker))
        await asyncio.sleep(0.3)
        async for batch in batches:
            seen += len(batch.lines)
            dropped += batch.dropped
            last = batch.lines[-1]
            if last == str(total):
                break
    assert dropped > 0
    assert seen <= solo.BUFFER_LINES + solo.BATCH_LINES
    assert total - 200 <= seen + dropped <= total + 1


async def test_streams_and_commands_run_side_by_side(door):
    async with stream(door, "echo on; sleep 1000") as batches:
        await anext(batches)
        assert (await door.sh("echo beside")).stdout == "beside\n"


async def test_channels_are_limited(door):
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(3):
            batches = await stack.enter_async_context(stream(door, "echo on; sleep 1000"))
            await anext(batches)
        with pytest.raises(TransportError, match="3 streams run there already"):
            async with stream(door, "echo four") as batches:
                await anext(batches)
    async with stream(door, "echo room again") as batches:
        assert (await anext(batches)).lines == ["room again"]


async def test_what_a_plan_runs_takes_no_watching_streams_place(door):
    """A lock, a job and a probe that are back first after a cut, and three more that watch."""
    async with contextlib.AsyncExitStack() as stack:
        for apart in (True, True, True, False, False, False):
            batches = await stack.enter_async_context(
                stream(door, "echo on; sleep 1000", apart=apart)
            )
            assert (await anext(batches)).lines == ["on"]
        for apart in (True, False):
            with pytest.raises(TransportError, match="6 streams run there already"):
                async with stream(door, "echo one more", apart=apart) as batches:
                    await anext(batches)


async def test_a_plan_that_nobody_watches_may_do_more_at_a_time(door):
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(6):
            batches = await stack.enter_async_context(
                stream(door, "echo on; sleep 1000", apart=True)
            )
            assert (await anext(batches)).lines == ["on"]
        with pytest.raises(TransportError, match="6 streams run there already"):
            async with stream(door, "echo one more", apart=True) as batches:
                await anext(batches)


async def test_a_stream_whose_link_dies_says_so(lab, door):
    with pytest.raises(LinkDownError):
        async with stream(door, "echo on; sleep 1000") as batches:
            await anext(batches)
            lab.daemon("lb01").cut()
            await anext(batches)
    assert [entry.outcome for entry in door.ledger] == ["stream", "lost"]


async def test_a_stream_that_is_killed_on_its_node_is_no_normal_end(door):
    with pytest.raises(LinkDownError, match="cut off"):
        await everything(door, "echo on; kill -9 0")


async def test_start_and_end_are_in_the_ledger(door):
    await everything(door, "exit 3")
    assert [(e.outcome, e.exit_status) for e in door.ledger] == [("stream", None), ("done", 3)]
