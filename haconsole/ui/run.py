"""The way in for the command line, which imports this module only when a screen is wanted."""

from __future__ import annotations

from haconsole.journal.recording import Recorder
from haconsole.monitor.faults import FaultMaker
from haconsole.monitor.feed import Feed
from haconsole.transport.door import Door
from haconsole.ui.app import ConsoleApp
from haconsole.ui.lessoning import School
from haconsole.ui.prompter import ScreenPrompter


def run_console(
    feed: Feed,
    *,
    theme: str | None = None,
    ascii: bool = False,  # noqa: A002 - as the option is called
    prompter: ScreenPrompter | None = None,
    faults: FaultMaker | None = None,
    door: Door | None = None,
    recorder: Recorder | None = None,
    training: School | None = None,
) -> int:
    """Show the console until the operator leaves; return the exit status.

    ``prompter``: the one that the feed's transport was given; it asks on this console's screen.
    ``faults``: what breaks a demo or lab; offered where the feed is writable. ``door``: the way
    by which changes are made; the feed's own. ``recorder``: what writes the session down; it was
    subscribed to the feed. ``training``: lessons on the feed's site.
    """
    app = ConsoleApp(
        feed,
        theme=theme,
        ascii=ascii,
        faults=faults,
        door=door,
        recorder=recorder,
        school=training,
    )
    if prompter is not None:
        prompter.attach(app)
    try:
        app.run()
    finally:
        if prompter is not None:
            prompter.detach()
    return app.return_code or 0
