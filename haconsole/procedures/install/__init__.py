"""Bringing keepalived and nginx to a host: packages of each family, builds from source."""
