"""Reads recordings: whatever a file holds, what comes out is events of the domain or a sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from haconsole.domain.events import Event, HitsSeen
from haconsole.domain.model import Site
from haconsole.transport.cleaning import clean
from haconsole.words import t

from .recording_beside import BesideRow, read_row
from .recording_codec import CodecError, decode, decode_event, kind_of
from .recording_hits import counted
from .recording_rows import KIND, VERSION

#: Bytes of a file, and of one of its lines, that are read.
MOST_BYTES, _MOST_OF_A_LINE = 256 << 20, 8 << 20


#: Versions of the format that are read: in the first, nothing was told beside the events.
_READABLE = range(1, VERSION + 1)


class RecordingError(Exception):
    """A file cannot be replayed; the message is the sentence to show."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment that the operator marked. ``at``: epoch seconds, the console's clock."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of a node as it was read then, secrets masked."""

    at: float
    host: str
    path: str
    text: str


@dataclass(slots=True)
class Recording:
    """What a file holds. Times: epoch seconds, the console's clock of then.

    ``begun``: when the session's state began; ``first`` and ``last``: what can be replayed.
    The first ``known`` events were known before. ``fresh``: by event, whether it told something
    that the one before of its kind did not. ``ended`` ``None``: the console did not say
    good-bye; ``cut``: the last line is unfinished.
    """

    site: Site
    begun: float
    part: int = 1
    by: str = ""
    events: list[Event] = field(default_factory=list)
    fresh: list[bool] = field(default_factory=list)
    known: int = 0
    first: float = 0.0
    last: float = 0.0
    marks: list[Mark] = field(default_factory=list)
    files: list[KeptFile] = field(default_factory=list)
    besides: list[BesideRow] = field(default_factory=list)
    ended: float | None = None
    cut: bool = False


def read_recording(path: Path) -> Recording:
    """Return a recording; raises ``RecordingError``."""
    found: Recording | None = None
    reader, number = _Reader(), 1
    try:
        if path.stat().st_size > MOST_BYTES:
            raise RecordingError(
                t("{file} is larger than any recording ({most} MB).", file=path,
                  most=MOST_BYTES >> 20)
            )  # fmt: skip
        for number, row, whole in _rows(path):
            if row is None and whole:
                raise _at_line(path, number, t("it is not JSON"), first=found is None)
            if found is None:
                found = _begin(path, row)
            elif row is None:
                found.cut = True
            else:
                reader.add(found, row)
    except CodecError as error:
        raise _at_line(path, number, str(error), first=False) from None
    except OSError as error:
        raise RecordingError(f"{path}: {error.strerror or error}") from None
    if found is None:
        raise RecordingError(t("{file} is empty: nothing was recorded.", file=path))
    return _finished(path, found)


def _rows(path: Path) -> Iterator[tuple[int, Any, bool]]:
    """Yield line numbers, rows (``None``: not JSON), and whether the line is whole."""
    with path.open("rb") as file:
        number = 0
        while raw := file.readline(_MOST_OF_A_LINE):
            number += 1
            whole = raw.endswith(b"\n")
            if not whole and len(raw) == _MOST_OF_A_LINE:
                raise CodecError(t("the line is too long"))
            try:
                row = json.loads(raw, parse_constant=_no_number)
            except (ValueError, RecursionError):
                row = None
            yield number, row if isinstance(row, dict) else None, whole


def _no_number(text: str) -> float:
    raise ValueError(text)


def _begin(path: Path, row: Any) -> Recording:
    if row is None or row.get("kind") != KIND:
        raise RecordingError(t("{file} is no recording of haconsole.", file=path))
    version = row.get("version")
    if isinstance(version, int) and version > VERSION:
        raise RecordingError(
            t("{file} was written by a newer version ({by}, format {version}): this one reads up "
              "to format {own}. Update haconsole to replay it.", file=path,
              by=clean(str(row.get("by")))[:40], version=version, own=VERSION)
        )  # fmt: skip
    if version not in _READABLE:
        raise RecordingError(t("{file} is no recording of haconsole.", file=path))
    site: Site = decode(Site, row.get("site"))
    _check_site(site)
    begun = decode(float, row.get("begun"))
    part = decode(int, row.get("part", 1))
    return Recording(site, begun, part, decode(str, row.get("by", "")), first=begun, last=begun)


def _check_site(site: Site) -> None:
    """Raise ``CodecError`` where a site is none that an inventory can describe."""
    if not site.clusters or any(not one.lbs for one in site.clusters):
        raise CodecError(t("its site has no cluster, or one without an LB"))
    names = [host.name for host in site.every_host]
    if len(set(names)) != len(names) or not all(names):
        raise CodecError(t("two hosts of its site have one name"))
    if len({one.name for one in site.clusters}) != len(site.clusters):
        raise CodecError(t("two clusters of its site have one name"))
    for host in site.every_host:
        if not set(host.access.jumps) <= {jump.name for jump in site.jumps}:
            raise CodecError(t("{host} is behind a jump host that is not there", host=host.name))
    for vip in (vip for cluster in site.clusters for vip in cluster.vips):
        try:
            ip_address(vip.address)
        except ValueError:
            raise CodecError(t("{vip} is no address", vip=vip.address)) from None


class _Reader:
    """Adds rows; knows what a short row repeats."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str, str], Event] = {}

    def add(self, to: Recording, row: dict[str, Any]) -> None:
        """Add a row; raises ``CodecError``."""
        if "e" in row or "again" in row:
            event, fresh = self._event(row)
            to.events.append(event)
            to.fresh.append(fresh)
            to.last = max(to.last, event.at)
        elif "mark" in row:
            to.marks.append(Mark(decode(float, row.get("at")), decode(str, row["mark"])))
            to.last = max(to.last, to.marks[-1].at)
        elif "file" in row:
            to.files.append(
                KeptFile(
                    decode(float, row.get("at")),
                    decode(str, row.get("host")),
                    decode(str, row["file"]),
                    decode(str, row.get("text")),
                )
            )
        elif "beside" in row:
            to.besides.append(read_row(row))
            to.last = max(to.last, to.besides[-1].at)
        elif "from" in row:
            to.known, to.first = len(to.events), decode(float, row["from"])
        elif "end" in row:
            to.ended = decode(float, row["end"])
            to.last = max(to.last, to.ended)
        else:
            raise CodecError(t("it is none of a recording's lines"))

    def _event(self, row: dict[str, Any]) -> tuple[Event, bool]:
        if "again" in row:
            key = (str(row["again"]), str(row.get("host")), str(row.get("vip", "")))
            known = self._last.get(key)
            if known is None or kind_of(key[0]) is None:
                raise CodecError(t("it repeats a reading that is not there"))
            event = replace(known, at=decode(float, row.get("at")))
            self._last[key] = event
            return event, False
        more = row.pop("more", None)
        event = decode_event(row)
        if more is not None:
            if not isinstance(event, HitsSeen):
                raise CodecError(t("counts of hits are where none may be"))
            event = replace(event, hits=(*event.hits, *counted(more)))
        self._last[type(event).__name__, event.host, getattr(event, "vip", "")] = event
        return event, True


def _finished(path: Path, found: Recording) -> Recording:
    if not found.events:
        raise RecordingError(
            t("{file} holds no event: the console was closed before it learnt anything.",
              file=path)
        )  # fmt: skip
    return found


def _at_line(path: Path, number: int, why: str, *, first: bool) -> RecordingError:
    if first:
        return RecordingError(t("{file} is no recording of haconsole.", file=path))
    return RecordingError(
        t("{file}:{line}: the recording is damaged here: {why}.", file=path, line=number, why=why)
    )
