"""Text → domain values: pure functions over what the hosts print, tolerant of anything."""
