"""The questions of a build from source, and the build that their answers describe."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from urllib.parse import urlsplit

from haconsole.domain.notes import Note, note
from haconsole.procedures.errors import AnswerError
from haconsole.procedures.form import Answers, Field, FieldKind
from haconsole.procedures.install.common import answer
from haconsole.procedures.install.source import Build
from haconsole.words import t

#: Where keepalived's releases are published (https://www.keepalived.org/download.html).
URL = "https://www.keepalived.org/software/keepalived-{version}.tar.gz"
#: Built when nothing tells a version; the newest whose dumps and logs this console was tried on.
RELEASE = "2.4.3"
_NAME = re.compile(r"keepalived-(\d{1,3}\.\d{1,3}\.\d{1,3})\.(?:tar(?:\.(?:gz|xz|bz2))?|tgz)\Z")
_SUM = re.compile(r"[0-9a-fA-F]{64}\Z")
_OPTION = re.compile(r"--[a-z0-9-]+(?:=[A-Za-z0-9_/.,:+-]+)?\Z")
_OURS = ("--prefix", "--sysconfdir", "--sbindir", "--exec-prefix", "--libdir")
#: A release is about 1 MB; more than this is none.
_MOST_BYTES = 64 << 20


def source_fields() -> tuple[Field, ...]:
    """Return the questions; they are shown where ``via`` is ``source``."""
    return (
        Field(
            "url",
            FieldKind.TEXT,
            note("Address"),
            note(
                "Where each host fetches the archive; {version} stands for the version. A site "
                "without a way out names its own mirror here."
            ),
            default=URL,
            check=_check_url,
            shown=_is_fetched,
        ),
        Field(
            "archive",
            FieldKind.FILE,
            note("Archive on this machine"),
            note(
                "keepalived-VERSION.tar.gz, uploaded through the jump host where hosts have no "
                "way out. Empty: it is fetched from the address."
            ),
            check=_check_archive,
            shown=_is_built,
        ),
        Field(
            "sha256",
            FieldKind.TEXT,
            note("SHA-256"),
            note(
                "Of the archive, as its publisher says; compared on the host before anything is "
                "unpacked. Of an uploaded archive it is compared anyway."
            ),
            check=_check_sum,
            shown=_is_built,
        ),
        Field(
            "options",
            FieldKind.TEXT,
            note("More options of configure"),
            note("For instance --enable-json; prefix and sysconfdir are set already."),
            check=_check_options,
            shown=_is_built,
        ),
    )


def _is_built(answers: Answers) -> bool:
    return answers.get("via") == "source"


def _is_fetched(answers: Answers) -> bool:
    return _is_built(answers) and not answers.get("archive", "").strip()


def build_from(answers: Answers, *, read: bool = True) -> Build:
    """Return what is to be built; ``AnswerError`` where the answers do not fit together.

    ``read``: read the archive that is to be uploaded (a megabyte), not only its name.
    """
    archive, given = answer(answers, "archive"), answer(answers, "version")
    wanted = answer(answers, "sha256").lower()
    options = " ".join(answer(answers, "options").split())
    if not archive:
        url = answer(answers, "url")
        named = _NAME.search(urlsplit(url).path)
        version = given or (named[1] if named else RELEASE)
        return Build(version, url.replace("{version}", version), None, wanted, options)
    path = Path(archive).expanduser()
    named = _NAME.search(path.name)
    if named is None:
        raise AnswerError(
            "archive",
            t("{file} is not called keepalived-VERSION.tar.gz, so its version is not known.",
              file=path.name),
        )  # fmt: skip
    if given and given != named[1]:
        raise AnswerError(
            "version",
            t("The archive is of version {named}, not {given}.", named=named[1], given=given),
        )
    data = _read(path) if read else b""
    actual = hashlib.sha256(data).hexdigest()
    if read and wanted and wanted != actual:
        raise AnswerError(
            "sha256",
            t("The SHA-256 of {file} is {actual}, and not the one that was given.",
              file=path, actual=actual),
        )  # fmt: skip
    return Build(named[1], "", data, actual, options)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise AnswerError(
            "archive",
            t("{file} cannot be read: {why}.", file=path, why=error.strerror or error),
        ) from None
    if len(data) > _MOST_BYTES:
        raise AnswerError("archive", t("{file} is larger than 64 MB: no release is.", file=path))
    return data


def _check_url(value: str) -> Note | None:
    try:
        parts = urlsplit(value.strip())
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https", "ftp") or not parts.hostname:
        return note("an address like {url} is wanted", url=URL.replace("{version}", RELEASE))
    if parts.username or parts.password:
        return note("a password has no place in an address: it would be seen by everyone")
    if re.search(r"[\s'\"\\$`<>|;]", value.strip()):
        return note("these characters have no place in an address")
    return None


def _check_sum(value: str) -> Note | None:
    if not value.strip() or _SUM.match(value.strip()):
        return None
    return note("64 hexadecimal digits are wanted")


def _check_archive(value: str) -> Note | None:
    if not value.strip():
        return None
    path = Path(value.strip()).expanduser()
    return None if path.is_file() else note("there is no file {file}", file=str(path)[:200])


def _check_options(value: str) -> Note | None:
    for word in value.split():
        if not _OPTION.match(word):
            return note("“{word}” is no option of configure", word=word[:60])
        if word.partition("=")[0] in _OURS:
            return note("{word} is set already, so that all parts fit together", word=word[:60])
    return None
