"""Faults between all parts, processes killed at random, two days of outage: nothing may be lost that can be explained by nothing.

`make chaos SEED=n` runs it; a small run is among the tests.
"""
