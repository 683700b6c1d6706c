"""haconsole: the operator console for nginx + keepalived high-availability pairs."""

__version__ = "0.1.0"
