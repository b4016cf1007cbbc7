"""Turns records into rows."""
