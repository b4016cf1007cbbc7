"""Worlds of our own for each section of the definitions, with answers that were worked out by hand from the definitions."""
