"""Failover drills: predict, break, measure, prove, undo."""
