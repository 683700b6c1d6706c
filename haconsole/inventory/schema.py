"""The JSON Schema of an inventory (draft 2020-12), for editors that complete and check."""

from __future__ import annotations

from .fields import DEFINED, SITE
from .scalars import Json

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> Json:
    """Return the JSON Schema of an inventory as plain JSON values.

    Every inventory that loads is valid under it. What it cannot say, only the loader refuses:
    jump hosts that do not exist, loops, duplicates, addresses that are none.
    """
    return {
        "$schema": DIALECT,
        "title": "haconsole inventory",
        "description": "A site of nginx + keepalived clusters, and the way to their hosts.",
        **SITE.definition(),
        "$defs": {kind.reference: kind.definition() for kind in DEFINED},
    }
