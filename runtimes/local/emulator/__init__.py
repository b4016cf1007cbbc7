"""Starts, finds and stops a state folder's emulator of AWS."""
