"""A plan as a Markdown runbook: to a file on the operator's machine, or to the clipboard."""

from __future__ import annotations

from pathlib import Path

from haconsole.procedures.render import as_markdown
from haconsole.ui.screens.base import ConsoleScreen
from haconsole.ui.widgets.filterbar import FilterBar
from haconsole.words import t


class RunbookScreen(ConsoleScreen):
    """A screen that shows the plan of the wizard at hand."""

    def save_runbook(self) -> None:
        """Ask where the runbook is to be saved."""
        wizard = self.console_app.desk.wizard
        if wizard is not None and wizard.plan is not None:
            name = f"{wizard.entry.name}-{wizard.plan.cluster}.md"
            self.query_one(FilterBar).open("runbook", t("save as"), name)

    def answered(self, purpose: str, text: str) -> None:
        """Save the runbook; a file that is there already stays as it is."""
        wizard = self.console_app.desk.wizard
        if purpose != "runbook" or not text or wizard is None or wizard.plan is None:
            return
        path = Path(text).expanduser()
        tell = self.console_app.tell
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(as_markdown(wizard.plan, wizard.progress))
        except FileExistsError:
            tell(t("{path} is there already; nothing was written.", path=path), loud=True)
        except OSError as error:
            reason = error.strerror or str(error)
            tell(t("{path} cannot be written: {reason}", path=path, reason=reason), loud=True)
        else:
            tell(t("Saved: {path}", path=path.absolute()))

    def copy_runbook(self) -> None:
        """Copy the whole plan."""
        wizard = self.console_app.desk.wizard
        if wizard is not None and wizard.plan is not None:
            self.copy_text(as_markdown(wizard.plan, wizard.progress))
