"""A roll-back takes back what its own run did to a file, no more and no less: on the demo."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from hashlib import sha256

import pytest

from haconsole.demo.world.cluster import DemoCluster
from haconsole.domain.notes import note
from haconsole.procedures.facts import FoundFile
from haconsole.procedures.paths import FILES_DIR, kept_as
from haconsole.procedures.plan import Step
from haconsole.procedures.steps.files import place_file, put_back_origin, remove_file
from haconsole.transport.commands import Command
from tests.demo.world.hosts import EPOCH
from tests.demo.world.virtual import run_virtually

PATH = "/etc/keepalived/a conf"
KEPT = kept_as(PATH)
#: ``apply`` of every step: that it was applied is read from this.
LOG = "/run/applied"


class Node:
    """A host of the demo, and a file on it that steps are for."""

    def __init__(self, cluster: DemoCluster) -> None:
        self._machine = cluster.hosts["lb02"].machine

    async def sh(self, script: str, stdin: bytes = b"") -> tuple[int, str]:
        status, out, err = await self._machine.run(["sh", "-c", script], stdin=stdin)
        return status, (out + err).decode()

    async def run(self, command: Command | None) -> tuple[int, str]:
        assert command is not None
        return await self.sh(command.script, command.stdin or b"")

    def now(self) -> str | None:
        """What is in the file."""
        files = self._machine.files
        return files.read(PATH).decode() if files.exists(PATH) else None

    def managed(self) -> bool:
        return self._machine.files.exists(f"{KEPT}/managed")

    async def applied(self) -> int:
        """How often something was applied since this was asked last."""
        _, out = await self.sh(f"cat {LOG} 2>/dev/null; rm -f {LOG}")
        return len(out.split())

    def place(self, text: str, *, refused: bool = False, healthy: str = ":") -> Step:
        now = self.now()
        found = FoundFile(PATH)
        if now is not None:
            found = FoundFile(PATH, now, sum=sha256(now.encode()).hexdigest())
        return place_file(
            *("lb02", found, text),
            title=note("x"),
            reason=note("y"),
            validate='fail "it is refused"' if refused else "",
            apply=f"echo x >>{LOG}",
            healthy=healthy,
            healthy_s=0.3,
        )

    def remove(self, *, healthy: str = ":") -> Step:
        found = FoundFile(PATH, self.now())
        return remove_file(
            *("lb02", found),
            title=note("x"),
            reason=note("y"),
            healthy=healthy,
            healthy_s=0.3,
        )

    async def succeeds(self, command: Command | None) -> None:
        assert await self.run(command) == (0, "")

    async def fails(self, command: Command | None, words: str) -> None:
        status, said = await self.run(command)
        assert status == 1 and words in said


def story(tell: Callable[[Node], Awaitable[None]]) -> None:
    async def main() -> None:
        cluster = DemoCluster(clock=lambda: EPOCH + asyncio.get_running_loop().time())
        await cluster.start()
        try:
            await tell(Node(cluster))
        finally:
            await cluster.stop()

    run_virtually(main())


@pytest.mark.parametrize("origin", [None, "the package's\n"])
def test_a_file_that_was_refused_stays_and_so_does_what_earlier_runs_wrote(
    origin: str | None,
) -> None:
    async def tell(node: Node) -> None:
        if origin is not None:
            await node.sh(f"cat >'{PATH}'", origin.encode())
        await node.succeeds(node.place("v1\n").do)
        assert await node.applied() == 1
        refused = node.place("v2\n", refused=True)
        await node.fails(refused.do, "it is refused")
        await node.succeeds(refused.undo)
        assert node.now() == "v1\n" and node.managed() and await node.applied() == 0

        await node.succeeds(node.place("v2\n").do)
        refused = node.place("v3\n", refused=True)
        await node.fails(refused.do, "it is refused")
        await node.succeeds(refused.undo)
        assert node.now() == "v2\n" and node.managed()

        await node.succeeds(put_back_origin("lb02", PATH).do)
        assert node.now() == origin

    story(tell)


def test_a_step_that_never_got_to_its_host_takes_nothing_back() -> None:
    """Handing it over can fail, on a full disk; the step counts as begun all the same."""

    async def tell(node: Node) -> None:
        await node.succeeds(node.place("v1\n").do)
        await node.succeeds(node.place("v2\n").undo)
        await node.succeeds(node.remove().undo)
        assert node.now() == "v1\n" and node.managed()

    story(tell)


def test_what_the_step_itself_put_back_stays_this_tools_own() -> None:
    async def tell(node: Node) -> None:
        await node.succeeds(node.place("v1\n").do)
        bad = node.place("bad\n", healthy=f"! grep -q bad '{PATH}'")
        await node.fails(bad.do, "the earlier version is back")
        assert node.now() == "v1\n" and node.managed()
        await node.succeeds(bad.undo)
        assert node.now() == "v1\n" and node.managed()
        gone = node.remove(healthy=f"[ -e '{PATH}' ]")
        await node.fails(gone.do, "it is back")
        await node.succeeds(gone.undo)
        assert node.now() == "v1\n" and node.managed()

    story(tell)


def test_a_change_is_taken_back_once() -> None:
    async def tell(node: Node) -> None:
        await node.succeeds(node.place("v1\n").do)
        later = node.place("v2\n")
        await node.succeeds(later.do)
        await node.applied()
        for _ in range(2):
            await node.succeeds(later.undo)
            assert node.now() == "v1\n" and node.managed()
        assert await node.applied() == 1
        gone = node.remove()
        await node.succeeds(gone.do)
        assert node.now() is None
        await node.succeeds(gone.undo)
        assert node.now() == "v1\n" and node.managed()

    story(tell)


def test_what_another_run_wrote_since_stays() -> None:
    async def tell(node: Node) -> None:
        first = node.place("v1\n")
        await node.succeeds(first.do)
        second = node.place("v2\n")
        await node.succeeds(second.do)
        await node.succeeds(first.undo)
        assert node.now() == "v2\n"
        await node.succeeds(second.undo)
        assert node.now() == "v1\n"

    story(tell)


def test_what_somebody_wrote_by_hand_since_stays_and_is_told() -> None:
    async def tell(node: Node) -> None:
        await node.succeeds(node.place("v1\n").do)
        later = node.place("v2\n")
        await node.succeeds(later.do)
        await node.sh(f"echo mine >'{PATH}'")
        await node.fails(later.undo, "was changed since, so it is left as it is")
        assert node.now() == "mine\n"

    story(tell)


def test_one_that_was_cut_off_before_its_file_was_moved_has_nothing_to_take_back() -> None:
    async def tell(node: Node) -> None:
        await node.succeeds(node.place("v1\n").do)
        later = node.place("v2\n")
        assert later.do is not None
        before, _, _ = later.do.script.partition('mv -fT "$NEW" "$TARGET" || fail "$TARGET')
        assert (await node.sh(before, later.do.stdin or b""))[0] == 0
        await node.succeeds(later.undo)
        assert node.now() == "v1\n" and node.managed()
        assert (await node.sh(f"find {FILES_DIR} -name undo")) == (0, "")

    story(tell)
