"""Where the captures are."""

from __future__ import annotations

from pathlib import Path

CAPTURES = Path(__file__).parent.parent / "data" / "captures"


def captured(name: str) -> str:
    return (CAPTURES / name).read_text(encoding="utf-8")


def every(pattern: str) -> list[Path]:
    found = sorted(CAPTURES.glob(pattern))
    assert found, f"no capture matches {pattern}"
    return found


def name_of(path: Path) -> str:
    return str(path.relative_to(CAPTURES))
