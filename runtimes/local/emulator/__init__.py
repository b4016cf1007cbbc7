"""Starts, finds and stops the emulator of AWS of a folder."""
