"""A file in its place: staged, validated, moved, applied, proven, and back again if it fails.

What happens is one job on the node, so that a dead console cannot leave it half done: readers
of the file see the old text or the new one, and a service that does not come back healthy has
its old file back before anyone reads about it. What was there before the first time is kept for
good (``origin``), every later version too; ``managed`` holds the sum of what was written last.
``undo`` is there while the last change can be taken back: the version that it replaced, and the sum
of what it wrote. A roll-back goes by it only where that is its own step's text, so that it takes
back neither an earlier run's change nor a later one's. The text travels by standard input, for it
may hold a secret.
"""

from __future__ import annotations

from haconsole.domain.notes import Note, note
from haconsole.procedures.facts import FoundFile
from haconsole.procedures.paths import FILES_DIR, STATE_DIR, kept_as
from haconsole.procedures.plan import FileChange, Step

from .shell import changes, quote, reads

#: ``keepalived -t`` (since 2.0.0); older ones take whatever they read. A script that its security
#: would not run is refused too (status 5), for then the check would do nothing. 2.2.7 ends itself
#: with SIGTERM once it has tested a script's user, whatever it found; with the signal ignored it
#: says what it found.
KEEPALIVED_TEST = """\
if keepalived --help 2>&1 | grep -q config-test; then
  said=$( (trap '' TERM; keepalived -t -f "$NEW") 2>&1) || fail "keepalived refuses it: $(
    printf '%s\\n' "$said" | sed 's,/[^ ]*haconsole-new,keepalived.conf,' | head -n 1)"
fi"""
#: nginx reads a whole tree: it is shown one in which only this file is another.
NGINX_TEST = """\
case $TARGET in
/etc/nginx/conf.d/*)
  T=/etc/nginx/.haconsole-test; rm -rf "$T" "$T.conf"; mkdir "$T"
  for c in /etc/nginx/conf.d/*; do [ ! -e "$c" ] || cp -p "$c" "$T/"; done
  cp "$NEW" "$T/${TARGET##*/}"
  sed "s#\\(include[[:space:]][[:space:]]*\\)\\(/etc/nginx/\\)*conf\\.d/#\\1$T/#" \\
    /etc/nginx/nginx.conf >"$T.conf"
  grep -q "$T/" "$T.conf" || { rm -rf "$T" "$T.conf"; fail "nginx.conf does not include conf.d"; }
  said=$(nginx -t -c "$T.conf" 2>&1); s=$?; rm -rf "$T" "$T.conf" ;;
*) said=$(nginx -t -c "$NEW" 2>&1); s=$? ;;
esac
[ $s = 0 ] || fail "nginx refuses it: $(printf '%s\\n' "$said" | grep -m 1 emerg \\
  | sed "s/.*\\[emerg\\] //; s/^[0-9#]*: //; s#$T/#/etc/nginx/conf.d/#; s#$NEW#$TARGET#")\""""
_PRELUDE = """\
TARGET={path}; KEPT={kept}; NEW=$TARGET.haconsole-new
fail() {{ rm -f "$NEW"; echo "$*" >&2; exit 1; }}
act() {{ :
{apply}
}}
healthy() {{
{healthy}
}}
# Twice, a moment apart: just after a reload the old workers still answer.
prove() {{
  act || return 1
  sleep {pause}
  i=0; until healthy; do [ $i -lt {tries} ] || return 1; sleep 0.25; i=$((i+1)); done
  sleep {pause}; healthy
}}
put_back() {{
  if [ "$1" = absent ]; then rm -f "$TARGET"
  else rm -f "$NEW"; cp -a "$KEPT/$1" "$NEW" && mv -fT "$NEW" "$TARGET" || return 1; fi
  if [ -e "$KEPT/managed.before" ]; then mv -f "$KEPT/managed.before" "$KEPT/managed"
  else rm -f "$KEPT/managed"; fi
  rm -f "$KEPT/undo"
}}
umask 077
mkdir -p "$KEPT" || fail "nothing can be kept in {state}"
"""
#: Keeps what is there; ``$was`` is then the version's name, or ``absent``. ``$new`` is the sum of
#: what will be there, or ``absent``.
_KEEP = """\
was=absent
if [ -e "$TARGET" ] || [ -L "$TARGET" ]; then
  was=0; [ ! -e "$KEPT/origin" ] || was=$(date -u +%Y%m%dT%H%M%SZ)
  while [ $was != 0 ] && [ -e "$KEPT/$was" ]; do was=$was+; done
  cp -a "$TARGET" "$KEPT/$was.new" && mv -fT "$KEPT/$was.new" "$KEPT/$was" \\
    || fail "the earlier version could not be kept"
fi
[ -e "$KEPT/origin" ] || {{ [ $was = absent ] && echo absent || echo file; }} >"$KEPT/origin"
rm -f "$KEPT/managed.before"
[ ! -e "$KEPT/managed" ] || cp -p "$KEPT/managed" "$KEPT/managed.before"
echo $was $new >"$KEPT/undo" || fail "the earlier version could not be noted"
"""
_PLACE = """\
rm -f "$KEPT/undo"  # an earlier run's, which is not taken back with this one
read -r seen
now=absent
[ ! -f "$TARGET" ] || {{ now=$(sha256sum <"$TARGET"); now=${{now%% *}}; }}
if [ "$seen" = absent ] && [ $now != absent ]; then
  dpkg -S "$TARGET" >/dev/null 2>&1 || rpm -qf "$TARGET" >/dev/null 2>&1 \\
    || [ "$now  -" = "$(cat "$KEPT/managed" 2>/dev/null)" ] \\
    || fail "$TARGET is there, and this tool did not write it; look at it, and move it away"
elif [ "$seen" != any ] && [ "$seen" != $now ]; then
  fail "$TARGET is not as it was when the plan was made; make the plan anew"
fi
dir=$(dirname "$TARGET"); made=
while [ ! -d "$dir" ]; do made="$dir
$made"; dir=$(dirname "$dir"); done
printf %s "$made" >>{state}/directories
(umask 022; mkdir -p "$(dirname "$TARGET")") || fail "the folder of $TARGET could not be made"
said=$({{ cat >"$NEW"; }} 2>&1) || fail "$TARGET could not be written: ${{said##*: }}"
chown {owner} "$NEW" && chmod {mode} "$NEW" || fail "owner and mode could not be set"
if [ -e /sys/fs/selinux/enforce ]; then
  if [ -e "$TARGET" ]; then chcon --reference="$TARGET" "$NEW"; else restorecon "$NEW"; fi
fi
{validate}
new=$(sha256sum <"$NEW"); new=${{new%% *}}
{keep}sync "$NEW" 2>/dev/null
mv -fT "$NEW" "$TARGET" || fail "$TARGET could not be moved into place"
sha256sum <"$TARGET" >"$KEPT/managed"
prove && exit 0
put_back $was || fail "it did not work, and the earlier version could not be put back"
prove && fail "the service was not healthy with it; the earlier version is back"
fail "the service was not healthy with it; the earlier version is back, and it is not healthy yet"
"""
_REMOVE = """\
rm -f "$KEPT/undo"
new=absent
{keep}rm -f "$TARGET" || fail "$TARGET could not be removed"
rm -f "$KEPT/managed"
prove && exit 0
put_back $was && prove && fail "the service was not healthy without it; it is back"
fail "the service was not healthy without it, and is not healthy yet"
"""
_UNDO = """\
{ours}
was=; new=; [ ! -e "$KEPT/undo" ] || read -r was new <"$KEPT/undo"
[ -n "$was" ] && [ "$new" = "$ours" ] || exit 0  # this step changed nothing, or another did since
now=absent
if [ -f "$TARGET" ]; then now=$(sha256sum <"$TARGET"); now=${{now%% *}}
elif [ -e "$TARGET" ] || [ -L "$TARGET" ]; then now=other; fi
if [ "$now" != "$new" ]; then
  # Cut off before it was moved into place: what was there still is.
  if [ $was = absent ]; then [ $now = absent ]
  else [ $now != absent ] && cmp -s "$KEPT/$was" "$TARGET"; fi ||
    fail "$TARGET was changed since, so it is left as it is; the earlier version: $KEPT/$was"
  rm -f "$KEPT/undo"; exit 0
fi
put_back $was || fail "the earlier version could not be put back"
prove || fail "the earlier version is back, but the service is not healthy"
"""


def place_file(
    host: str,
    found: FoundFile,
    text: str,
    *,
    title: Note,
    reason: Note,
    mode: int = 0o644,
    owner: str = "root:root",
    validate: str = "",
    apply: str = "",
    healthy: str = "",
    healthy_s: float = 10.0,
    way_on: Note | None = None,
) -> Step:
    """Return the step that puts a text in its place.

    ``validate``, ``apply`` and ``healthy`` are sh. ``validate`` sees the staged file as
    ``$NEW`` and its place as ``$TARGET``, and refuses with ``fail "why"``. ``apply`` makes the
    service read the file; ``healthy`` is asked until it succeeds or ``healthy_s`` seconds are
    over, and when it never does the earlier version comes back and is applied.
    """
    path = found.path
    data = text.encode("utf-8", "surrogateescape")
    # What the plan's differences were taken from: nothing else is replaced.
    seen = "absent" if found.text is None else found.sum or "any"
    prelude = _prelude(path, apply, healthy, healthy_s)
    place = _PLACE.format(
        owner=quote(owner),
        mode=f"{mode:o}",
        validate=validate,
        keep=_KEEP.format(),
        state=STATE_DIR,
    )
    same = (
        f'f={quote(path)}; [ -f "$f" ] && [ ! -L "$f" ] && '
        f'[ "$(stat -c "%a %U:%G" "$f")" = "{mode:o} {owner}" ] && cmp -s - "$f"'
    )
    look = f"({same}) || exit 1"
    return Step(
        id=f"place {path}@{host}",
        title=title,
        reason=reason,
        host=host,
        do=changes(
            f"place {path}",
            prelude + place,
            stdin=f"{seen}\n".encode() + data,
            timeout_s=healthy_s * 2 + 60,
        ),
        check=reads(f"is {path} so", look, root=True, stdin=data),
        undo=changes(
            f"put back {path}",
            prelude + _UNDO.format(ours="ours=$(sha256sum); ours=${ours%% *}"),
            stdin=data,
            timeout_s=healthy_s + 60,
        ),
        file=FileChange(path, found.text, text, mode, owner, foreign=found.foreign),
        expected_s=1.5,
        way_on=way_on,
    )


def remove_file(
    host: str,
    found: FoundFile,
    *,
    title: Note,
    reason: Note,
    apply: str = "",
    healthy: str = "",
    healthy_s: float = 10.0,
    way_on: Note | None = None,
) -> Step:
    """Return the step that takes a file (or a link) away, keeping it for its undo."""
    path = found.path
    prelude = _prelude(path, apply, healthy, healthy_s)
    gone = f'f={quote(path)}; [ ! -e "$f" ] && [ ! -L "$f" ] || exit 1'
    return Step(
        id=f"take away {path}@{host}",
        title=title,
        reason=reason,
        host=host,
        do=changes(
            f"take away {path}",
            prelude + _REMOVE.format(keep=_KEEP.format()),
            timeout_s=healthy_s * 2 + 60,
        ),
        check=reads(f"is {path} gone", gone, root=True),
        undo=changes(
            f"put back {path}",
            prelude + _UNDO.format(ours="ours=absent"),
            timeout_s=healthy_s + 60,
        ),
        file=FileChange(path, found.text, None, found.mode, found.owner),
        way_on=way_on,
    )


def put_back_origin(host: str, path: str, *, apply: str = "", healthy: str = "") -> Step:
    """Return the step that makes a file what it was before this tool touched it first."""
    prelude = _prelude(path, apply, healthy, 10.0)
    kept = kept_as(path)
    script = (
        f"{prelude}"
        '[ -e "$KEPT/origin" ] || exit 0\n'
        'if [ "$(cat "$KEPT/origin")" = absent ]; then rm -f "$TARGET"\n'
        'else rm -f "$NEW"; cp -a "$KEPT/0" "$NEW" && mv -fT "$NEW" "$TARGET" || fail "it could '
        'not be put back"; fi\n'
        'rm -rf "$KEPT"\nprove || fail "it is as it was, but the service is not healthy"\n'
    )
    return Step(
        id=f"put back {path}@{host}",
        title=note("{path}: as it was before", path=path),
        reason=note("This tool wrote it; what was there before comes back."),
        host=host,
        do=changes(f"put back {path}", script),
        check=reads(f"is {path} as before", f"[ ! -e {quote(kept)}/origin ] || exit 1", root=True),
    )


def _prelude(path: str, apply: str, healthy: str, healthy_s: float) -> str:
    return _PRELUDE.format(
        path=quote(path),
        kept=quote(kept_as(path)),
        apply=apply or ":",
        healthy=healthy or ":",
        tries=round(healthy_s * 4),
        pause=0.5 if healthy else 0,
        state=FILES_DIR,
    )
