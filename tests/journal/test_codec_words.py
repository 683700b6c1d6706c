"""Words of a command are recorded without what the word before makes a secret."""

from __future__ import annotations

import pytest

from haconsole.journal.recording_codec import encode
from haconsole.parsers.masking import MASK, mask_secrets


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (("curl", "-u", "admin:s3cr3t", "http://x/"), ["curl", "-u", f"admin:{MASK}", "http://x/"]),
        (("agent", "--password", "s3 cr3t", "-v"), ["agent", "--password", MASK, "-v"]),
        (("agent", "--token=s3cr3t", "-v"), ["agent", f"--token={MASK}", "-v"]),
        (("lb01", "lb02", "web01"), ["lb01", "lb02", "web01"]),
    ],
)
def test_a_command(words: tuple[str, ...], kept: list[str]) -> None:
    assert encode(words, mask_secrets) == kept
    assert encode(words) == list(words)
