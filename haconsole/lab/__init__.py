"""A real HA pair on one Linux machine: every host has its own network stack and systemd."""
