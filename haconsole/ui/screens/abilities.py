"""What only some screens can do. Commands of a scope call these on the screens of that scope."""

from __future__ import annotations

from textual.screen import Screen

from haconsole.domain.state import Severity


class Abilities(Screen[None]):
    """A screen that can do none of it."""

    @property
    def tail(self) -> str:
        """What the title says after site and cluster."""
        return ""

    def flush(self) -> None:
        """Take new lines into the logs on show."""

    def reading_targets(self) -> tuple[str, ...]:
        """Return the hosts that a refresh is about; none of them means all."""
        return ()

    def follow(self) -> None:
        """Follow the end of the log."""

    def pause(self) -> None:
        """Pause the log."""

    def jump(self, severities: tuple[Severity, ...], step: int) -> None:
        """Jump to the next row that is at least so bad."""

    def mark(self) -> None:
        """Mark the row under the cursor."""

    def step_tab(self, by: int) -> None:
        """Turn to another tab."""

    def ask_file(self) -> None:
        """Ask which file to read."""

    def toggle_own_time(self) -> None:
        """Show or hide the nodes' own stamps."""

    def next_field(self, by: int) -> None:
        """Go to another question."""

    def offered_again(self) -> None:
        """Put the offered answer back."""

    def preview(self) -> None:
        """Show the plan that the answers make."""

    def tick(self) -> None:
        """Allow the file under the cursor to be replaced, or not."""

    def save_runbook(self) -> None:
        """Ask where the plan is to be saved."""

    def ask_limit(self) -> None:
        """Ask when the node undoes the fault by itself."""

    def toggle_steps(self) -> None:
        """Show the drill's steps, or its time line again."""

    def mend(self) -> None:
        """Open what mends the finding under the cursor."""

    def copy_runbook(self) -> None:
        """Copy the whole plan."""

    def shell_host(self) -> str:
        """Return the node that a shell is wanted on; none where there is no choice."""
        return ""

    def scroll_shell(self, pages: int) -> None:
        """Scroll a shell by pages, back where that is above 0."""
