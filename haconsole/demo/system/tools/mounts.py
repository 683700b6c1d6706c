"""``findmnt``, ``mount`` and ``df``: the one file system there is, and its state."""

from __future__ import annotations

from ..invocation import Invocation, Program
from .options import options

_DEVICE, _TYPE = "/dev/vda1", "ext4"


async def findmnt(inv: Invocation) -> int:
    """``findmnt [-n] [-o COLUMNS] [-T PATH | PATH]``."""
    given = await options(inv, "nrlPJ", "oTt", long=("noheadings:n", "output=:o", "target=:T",
                          "raw:r", "list:l", "types=:t"))  # fmt: skip
    path = given.values.get("T") or (given.words[0] if given.words else "/")
    if not inv.files.exists(path) or ("T" not in given and path.rstrip("/")):
        return 1
    store = inv.files.store
    values = {"TARGET": "/", "SOURCE": _DEVICE, "FSTYPE": _TYPE,
              "OPTIONS": f"{'ro' if store.read_only else 'rw'},relatime"}  # fmt: skip
    columns = given.values.get("o", "TARGET,SOURCE,FSTYPE,OPTIONS").upper().split(",")
    widths = [max(len(name), len(values.get(name, ""))) for name in columns]
    if "n" not in given:
        heads = (name.ljust(width) for name, width in zip(columns, widths, strict=True))
        await inv.print(" ".join(heads).rstrip())
    cells = (values.get(n, "").ljust(w) for n, w in zip(columns, widths, strict=True))
    await inv.print(" ".join(cells).rstrip())
    return 0


async def mount(inv: Invocation) -> int:
    """``mount`` (list) and ``mount -o remount,(ro|rw) /``."""
    given = await options(inv, "av", "ot")
    store = inv.files.store
    if not given.words and "o" not in given:
        state = "ro" if store.read_only else "rw"
        await inv.print(f"{_DEVICE} on / type {_TYPE} ({state},relatime)")
        return 0
    if inv.uid != 0:
        return await inv.error(f"{given.words[-1]}: must be superuser to use mount.", 32)
    asked = given.values.get("o", "").split(",")
    if "remount" not in asked or given.words != ["/"]:
        return await inv.error(f"{given.words[-1]}: this model has one file system", 32)
    store.read_only = "ro" in asked
    return 0


async def df(inv: Invocation) -> int:
    """``df [-hkP] [--output=COLUMNS] [PATH…]``."""
    given = await options(inv, "hkPTi", "t", long=("output=", "portability:P", "human-readable:h"))
    status = 0
    for path in given.words:
        if not inv.files.exists(path, inv.process.caller):
            status = await inv.error(f"{path}: No such file or directory")
    if status and len(given.words) == 1:
        return status
    store = inv.files.store
    total, used = store.capacity // 1024, -(-store.used // 1024)
    free = max(0, total - used)
    percent = f"{-(-used * 100 // (used + free)) if used + free else 100}%"
    if "output" in given:
        values = {"source": ("Filesystem", _DEVICE), "size": ("1K-blocks", str(total)),
                  "used": ("Used", str(used)), "avail": ("Avail", str(free)),
                  "pcent": ("Use%", percent), "target": ("Mounted on", "/")}  # fmt: skip
        chosen = [values[n] for n in given.values["output"].split(",") if n in values]
        for line in (0, 1):
            await inv.print(" ".join(p[line].rjust(max(len(t) for t in p)) for p in chosen))
        return status
    size, percent_head = ("1024-blocks", "Capacity") if "P" in given else ("1K-blocks", "Use%")
    heads = ("Filesystem", size, "Used", "Available", percent_head)
    row = (_DEVICE, str(total), str(used), str(free), percent)
    widths = [max(len(a), len(b)) for a, b in zip(heads, row, strict=True)]
    for cells, last in ((heads, "Mounted on"), (row, "/")):
        text = [cells[0].ljust(max(widths[0], 14))]
        text += [c.rjust(w) for c, w in zip(cells[1:], widths[1:], strict=True)]
        await inv.print(f"{' '.join(text)} {last}")
    return status


PROGRAMS: dict[str, Program] = {"findmnt": findmnt, "mount": mount, "df": df}
