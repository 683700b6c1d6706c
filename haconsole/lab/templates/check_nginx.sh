#!/bin/sh
# Does the nginx of this host answer? Exit 0: yes.
exec curl -fsS -m 1 -o /dev/null http://127.0.0.1:8080/health
