"""Reading the inventory file itself: a regular file, UTF-8, of a size that a person wrote."""

from __future__ import annotations

import stat
from pathlib import Path

from haconsole.words import t

from .problems import WHOLE, Report

#: Larger files are refused; 1 MiB holds some ten thousand hosts.
MAX_BYTES = 1 << 20


def read_text(path: Path, report: Report) -> str | None:
    """Return the text of the file, or ``None`` after noting why it cannot be had."""
    expected = t("a YAML file that this user can read")
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            report.refuse(1, WHOLE, t("this is a directory"), expected)
            return None
        if not stat.S_ISREG(mode):
            # A named pipe without a writer would hang the console; a device may never end.
            report.refuse(1, WHOLE, t("this is not a regular file"), expected)
            return None
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        report.refuse(1, WHOLE, t("there is no such file"), expected)
    except PermissionError:
        report.refuse(1, WHOLE, t("this file may not be read (permission denied)"), expected)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        report.refuse(1, WHOLE, t("this file cannot be read ({reason})", reason=reason), expected)
    else:
        return decode(data, report)
    return None


def decode(data: bytes, report: Report) -> str | None:
    """Return the bytes of an inventory as text, or ``None`` after noting why they are none."""
    if len(data) > MAX_BYTES:
        what = t("this file is larger than {limit} bytes", limit=MAX_BYTES)
        report.refuse(1, WHOLE, what, t("an inventory, which is a short text"))
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = t("byte 0x{byte} is not UTF-8", byte=f"{data[error.start]:02x}")
        report.refuse(line, WHOLE, what, t("a text file saved as UTF-8"))
        return None
