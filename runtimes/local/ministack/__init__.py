"""Runs inside the emulator's own Python: MiniStack behind a guard. Each file is loaded by its path."""
