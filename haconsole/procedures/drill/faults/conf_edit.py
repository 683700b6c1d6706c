"""Another keepalived.conf of an LB: made here from its own text, staged and tested on the node."""

from __future__ import annotations

from collections.abc import Callable

from haconsole.parsers.conf import ConfEditError, Editor, parse
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.paths import KEEPALIVED_CONF
from haconsole.procedures.steps.files import KEEPALIVED_TEST
from haconsole.procedures.survey.answers import sum_of
from haconsole.words import t

from .scene import Scene
from .shell import OTHER

#: Sets ``C``: the file itself, where the path is a link.
CONF = f"C=$(readlink -f {KEEPALIVED_CONF})\n"
#: Tests the text that ``capture`` noted in ``D``, beside the file.
STAGE = f"""\
NEW=$C{OTHER}; TARGET=$C
cp -a "$C" "$NEW" && cat "$D/conf" >"$NEW" || fail "$C cannot be copied beside itself"
rm -f "$D/conf"
{KEEPALIVED_TEST}
"""


def capture(scene: Scene, host: str) -> str:
    """Return sh that notes the new text from its input, if the file is as it was surveyed."""
    known = scene.facts(host).file(KEEPALIVED_CONF).sum
    return (
        f'{CONF}cat >"$D/conf" || fail "$D cannot be written"\n'
        f'now=$(sha256sum <"$C"); [ "${{now%% *}}" = {known} ] || fail '
        f'"{KEEPALIVED_CONF} is not as it was when the plan was made; make the plan anew"\n'
    )


def edited(scene: Scene, host: str, edit: Callable[[Editor], None]) -> str:
    """Return a host's keepalived.conf with a change; all else keeps every byte.

    Raises ``ProcedureError`` where it cannot be edited.
    """
    found = scene.facts(host).file(KEEPALIVED_CONF)
    # What is read is cleaned: only where that changed nothing is it the file.
    if found.text is None or sum_of(found.text) != found.sum:
        raise ProcedureError(
            t("{path} on {host} holds control characters, so it is not edited.",
              path=KEEPALIVED_CONF, host=host)
        )  # fmt: skip
    editor = Editor(parse(found.text))
    try:
        edit(editor)
    except ConfEditError as error:
        raise ProcedureError(
            t("{path} on {host} cannot be edited: {reason}.", path=KEEPALIVED_CONF, host=host,
              reason=str(error))
        ) from error  # fmt: skip
    return str(editor.document)
