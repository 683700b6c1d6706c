"""What the JSON Schema says of a value."""

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # has no types

from haconsole.inventory import schema

SCHEMA = schema()
Draft202012Validator.check_schema(SCHEMA)
_VALIDATOR = Draft202012Validator(SCHEMA)


def why_invalid(value: object) -> str | None:
    """Return the first complaint of the schema, or ``None`` when the value is valid."""
    return next((error.message for error in _VALIDATOR.iter_errors(value)), None)
