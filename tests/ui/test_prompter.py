"""Questions on the screen: masked, one at a time, and "no" when nobody answers."""

from __future__ import annotations

import asyncio

from textual.widgets import Button, Input

from haconsole.domain.notes import note
from haconsole.transport.prompts import HostKeyQuestion, Prompter, SecretKind, SecretQuestion
from haconsole.ui.presentation.ink import plain
from haconsole.ui.prompter import ScreenPrompter
from haconsole.ui.screens.questions import SecretScreen, TrustScreen
from haconsole.ui.widgets.canvas import Panel
from tests.support.states import all_scenes, healthy
from tests.ui.helpers import console, text_of, until

KEY = HostKeyQuestion("lb01", "10.0.0.10", 22, "ssh-ed25519", "SHA256:" + "Ab1/" * 10 + "xyz")
PASSWORD = SecretQuestion(SecretKind.PASSWORD, "lb01", note("Password of {user}", user="ops"))


async def test_a_secret_is_masked_and_returned() -> None:
    async with console(healthy()) as (app, _, pilot):
        prompter: Prompter = ScreenPrompter()
        assert isinstance(prompter, ScreenPrompter)
        prompter.attach(app)
        asked = asyncio.create_task(prompter.secret(PASSWORD))
        await until(pilot, lambda: isinstance(app.screen, SecretScreen))
        await pilot.press(*"s3cret[/b]")
        text = text_of(app.screen)
        assert "Password of ops" in text
        assert "lb01" in text
        assert "s3cret" not in text
        await pilot.press("enter")
        assert await asked == "s3cret[/b]"


async def test_the_second_attempt_says_so_and_escape_declines() -> None:
    async with console(healthy()) as (app, _, pilot):
        prompter = ScreenPrompter()
        prompter.attach(app)
        again = SecretQuestion(SecretKind.SUDO, "lb01", note("[sudo] password"), attempt=2)
        asked = asyncio.create_task(prompter.secret(again))
        await until(pilot, lambda: "attempt 2" in text_of(app.screen))
        assert "[sudo] password" in text_of(app.screen)
        await pilot.press("escape")
        assert await asked is None


async def test_an_echoed_answer_is_seen() -> None:
    async with console(healthy()) as (app, _, pilot):
        prompter = ScreenPrompter()
        prompter.attach(app)
        code = SecretQuestion(SecretKind.INTERACTIVE, "lb01", note("Code"), echo=True)
        asked = asyncio.create_task(prompter.secret(code))
        await until(pilot, lambda: isinstance(app.screen, SecretScreen))
        await pilot.press(*"1234")
        assert "1234" in text_of(app.screen)
        assert not app.screen.query_one(Input).password
        await pilot.click("#send")
        assert await asked == "1234"


async def test_the_focus_of_a_host_key_question_is_on_no() -> None:
    async with console(healthy()) as (app, _, pilot):
        prompter = ScreenPrompter()
        prompter.attach(app)
        asked = asyncio.create_task(prompter.trust_host_key(KEY))
        await until(pilot, lambda: isinstance(app.screen, TrustScreen))
        await until(pilot, lambda: app.focused is not None)
        assert isinstance(app.focused, Button)
        assert app.focused.id == "no"
        await until(pilot, lambda: KEY.fingerprint in text_of(app.screen))
        await pilot.press("enter")
        assert await asked is False


async def test_a_fingerprint_is_whole_on_a_narrow_terminal() -> None:
    async with console(healthy(), size=(40, 20)) as (app, _, pilot):
        prompter = ScreenPrompter()
        prompter.attach(app)
        asked = asyncio.create_task(prompter.trust_host_key(KEY))
        await until(pilot, lambda: isinstance(app.screen, TrustScreen) and app.focused)
        await pilot.pause()
        panel = app.screen.query_one(Panel)
        lines = [plain(line) for line in panel.lines]
        assert KEY.fingerprint in "".join(lines)
        assert max(len(line) for line in lines) <= panel.size.width
        await pilot.press("escape")
        assert await asked is False


async def test_trusting_takes_a_choice() -> None:
    async with console(healthy()) as (app, _, pilot):
        prompter = ScreenPrompter()
        prompter.attach(app)
        asked = asyncio.create_task(prompter.trust_host_key(KEY))
        await until(pilot, lambda: isinstance(app.screen, TrustScreen) and app.focused)
        await pilot.press("tab", "enter")
        assert await asked is True


async def test_questions_come_one_at_a_time() -> None:
    async with console(healthy()) as (app, _, pilot):
        prompter = ScreenPrompter()
        prompter.attach(app)
        first = asyncio.create_task(prompter.secret(PASSWORD))
        second = asyncio.create_task(prompter.trust_host_key(KEY))
        await until(pilot, lambda: isinstance(app.screen, SecretScreen))
        assert not any(isinstance(screen, TrustScreen) for screen in app.screen_stack)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, TrustScreen))
        await pilot.press("escape")
        assert (await first, await second) == (None, False)


async def test_a_question_goes_when_the_transport_gives_up() -> None:
    async with console(healthy()) as (app, _, pilot):
        prompter = ScreenPrompter()
        prompter.attach(app)
        asked = asyncio.create_task(prompter.secret(PASSWORD))
        await until(pilot, lambda: isinstance(app.screen, SecretScreen))
        asked.cancel()
        await until(pilot, lambda: not isinstance(app.screen, SecretScreen))
        again = asyncio.create_task(prompter.trust_host_key(KEY))
        await until(pilot, lambda: isinstance(app.screen, TrustScreen))
        await pilot.press("escape")
        assert await again is False


async def test_without_a_screen_the_answer_is_no() -> None:
    prompter = ScreenPrompter()
    assert await prompter.secret(PASSWORD) is None
    assert await prompter.trust_host_key(KEY) is False


async def test_the_screen_under_a_question_goes_on() -> None:
    async with console(healthy()) as (app, feed, pilot):
        prompter = ScreenPrompter()
        prompter.attach(app)
        asked = asyncio.create_task(prompter.secret(PASSWORD))
        await until(pilot, lambda: isinstance(app.screen, SecretScreen))
        feed.play(*all_scenes()["split-brain"].events)
        await pilot.press("escape")
        await asked
        await until(pilot, lambda: "SPLIT BRAIN" in text_of(app.screen))
