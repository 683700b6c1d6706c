"""A file that a fault writes, and that its undo puts back only if nobody else wrote it since.

Unlike a drill's, a lesson's fault stands for half an hour, and the learner is there to mend it:
what he wrote is never replaced. The file as it was, and the sum of what was put in its place, are
kept in the fault's folder on the node; nothing lies beside the file meanwhile.
"""

from __future__ import annotations

from haconsole.procedures.drill.faults.shell import OTHER

#: ``put FILE N``: the staged form (``FILE`` + OTHER) in its place, the file kept as N.
#: ``give_back N``: what was kept, if the file is still what was put there; ``$D/given`` then says
#: that something was changed, until whoever reads the file has read it anew.
EXCHANGE = f"""\
put() {{
  cp -a "$1" "$D/$2.old" && printf '%s\\n' "$1" >"$D/$2.path" \\
    && sha256sum <"$1{OTHER}" >"$D/$2.sum" && mv -f "$1{OTHER}" "$1"
}}
give_back() {{
  [ -s "$D/$1.path" ] || return 0
  read -r f <"$D/$1.path"
  if [ -s "$D/$1.sum" ] && [ -f "$f" ] && [ "$(sha256sum <"$f")" = "$(cat "$D/$1.sum")" ]; then
    : >"$D/given"
    cp -a "$D/$1.old" "$f{OTHER}" && mv -f "$f{OTHER}" "$f" || return 1
  fi
  rm -f "$f{OTHER}" "$D/$1.sum"
}}
"""


def read_anew(unit: str, how: str) -> str:
    """Return sh for an undo: a service reads what was put back; nothing where nothing was.

    ``how``: ``reload`` or ``restart``; a service that does not run is started.
    """
    return f"""\
if [ -e "$D/given" ]; then
  if [ {how} = reload ] && systemctl -q is-active {unit}; then systemctl reload {unit}
  else systemctl reset-failed {unit} 2>/dev/null; systemctl restart {unit}; fi 2>/dev/null \\
    || fail "{unit} does not take its earlier configuration: $(journalctl -q -n 5 --no-pager \\
      -o cat -u {unit} 2>/dev/null | tail -n 1)"
  rm -f "$D/given"
fi
"""
