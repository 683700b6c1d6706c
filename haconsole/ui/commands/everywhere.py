"""Commands that work on every screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .base import Command, Scope, registry

if TYPE_CHECKING:
    from haconsole.ui.screens.base import ConsoleScreen


@registry.add
class GoHome(Command):
    """Show the home screen: is it serving, who owns each VIP, what is wrong, who answers."""

    id = "go.home"
    keys = ("1",)
    name = "home"
    in_bar = True

    def run(self, screen: ConsoleScreen) -> None:
        """Go there."""
        screen.console_app.go("home")


@registry.add
class GoNode(Command):
    """Show one node: services, addresses, keepalived as it sees itself, journal, files."""

    id = "go.node"
    keys = ("2",)
    name = "node"
    in_bar = True

    def run(self, screen: ConsoleScreen) -> None:
        """Go there."""
        screen.open_node()


@registry.add
class GoHits(Command):
    """Show the hit log: every request, which backend answered it, how fast."""

    id = "go.hits"
    keys = ("3",)
    name = "hits"
    in_bar = True

    def run(self, screen: ConsoleScreen) -> None:
        """Go there."""
        screen.console_app.go("hits")


@registry.add
class GoTimeline(Command):
    """Show the time line: what changed on all nodes, on one clock."""

    id = "go.timeline"
    keys = ("4",)
    name = "timeline"
    in_bar = True

    def run(self, screen: ConsoleScreen) -> None:
        """Go there."""
        screen.console_app.go("timeline")


@registry.add
class GoTriage(Command):
    """Triage: what is wrong, why, how sure that is, what shows it, and the way to mend it."""

    id = "go.triage"
    keys = ("5",)
    name = "triage"
    in_bar = True

    def run(self, screen: ConsoleScreen) -> None:
        """Go there, and judge anew."""
        screen.console_app.desk.triage.go()


@registry.add
class GoChanges(Command):
    """Build and change: install, configure, repair by plans that are shown before they run."""

    id = "go.changes"
    keys = ("6",)
    name = "build"
    in_bar = True

    def run(self, screen: ConsoleScreen) -> None:
        """Go to the plan that runs, or to the list."""
        screen.console_app.desk.go()


@registry.add
class GoDrills(Command):
    """Failover drills: what would happen, then break it with its undo armed, measure, prove."""

    id = "go.drills"
    keys = ("7",)
    name = "drills"
    in_bar = True

    def run(self, screen: ConsoleScreen) -> None:
        """Go to the drill that runs, or to the list."""
        screen.console_app.desk.drills.go()


@registry.add
class GoLessons(Command):
    """Learn it by doing it: the walkthrough's lessons, on a cluster that may be broken."""

    id = "go.lessons"
    keys = ("8",)
    name = "learn"
    in_bar = True

    def run(self, screen: ConsoleScreen) -> None:
        """Go to the lesson that is open, or to the list."""
        screen.console_app.desk.lessons.go()


@registry.add
class Filter(Command):
    """Filter what is listed: all words must match, !word must not; on hits also 5xx or >50ms."""

    id = "filter"
    keys = ("slash",)
    key_shown = "/"
    name = "filter"
    in_bar = True

    def run(self, screen: ConsoleScreen) -> None:
        """Open the line to type in."""
        screen.open_filter()


@registry.add
class Palette(Command):
    """Find a command, a node or a theme by its name."""

    id = "palette"
    keys = ("colon", "ctrl+p")
    key_shown = ":"
    name = "find"
    in_bar = True
    in_palette = False

    def run(self, screen: ConsoleScreen) -> None:
        """Open the palette."""
        screen.app.action_command_palette()


@registry.add
class Help(Command):
    """Show the keys, the marks and the words."""

    id = "help"
    keys = ("question_mark", "f1")
    key_shown = "?"
    name = "help"
    in_bar = True

    def run(self, screen: ConsoleScreen) -> None:
        """Go there."""
        screen.console_app.go("help")


@registry.add
class Back(Command):
    """Go back: close the filter, show everything again, then return to the home screen."""

    id = "back"
    keys = ("escape",)
    key_shown = "Esc"
    name = "back"

    def run(self, screen: ConsoleScreen) -> None:
        """Take back one thing."""
        screen.back()


@registry.add
class Refresh(Command):
    """Take a full reading now: of the marked nodes, of the node on show, or of all."""

    id = "refresh"
    keys = ("r",)
    name = "refresh"

    def run(self, screen: ConsoleScreen) -> None:
        """Ask the feed."""
        screen.reread()


@registry.add
class Faults(Command):
    """Show faults only, or everything again."""

    id = "faults"
    keys = ("exclamation_mark",)
    key_shown = "!"
    name = "faults only"

    def run(self, screen: ConsoleScreen) -> None:
        """Turn it on or off."""
        screen.toggle_faults()


@registry.add
class NextCluster(Command):
    """Show the next cluster; all of them together is one of the choices."""

    id = "cluster.next"
    keys = ("right_square_bracket",)
    key_shown = "]"
    name = "next cluster"

    def run(self, screen: ConsoleScreen) -> None:
        """Choose it."""
        screen.session.step_cluster(1)
        screen.chosen_changed()


@registry.add
class PreviousCluster(Command):
    """Show the previous cluster."""

    id = "cluster.previous"
    keys = ("left_square_bracket",)
    key_shown = "["
    name = "previous cluster"

    def run(self, screen: ConsoleScreen) -> None:
        """Choose it."""
        screen.session.step_cluster(-1)
        screen.chosen_changed()


@registry.add
class Copy(Command):
    """Copy the row under the cursor (on the home screen: the marked nodes) to the clipboard."""

    id = "copy"
    keys = ("c",)
    name = "copy"

    def run(self, screen: ConsoleScreen) -> None:
        """Hand it to the terminal."""
        screen.copy()


@registry.add
class Quit(Command):
    """Close the console. Nothing on any node depends on it."""

    id = "quit"
    keys = ("q", "ctrl+q")
    name = "quit"
    in_bar = True
    scope = Scope.EVERYWHERE

    def run(self, screen: ConsoleScreen) -> None:
        """Leave; ask first where a plan runs."""
        screen.console_app.desk.leave_console()
