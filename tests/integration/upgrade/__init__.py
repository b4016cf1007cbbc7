"""Records, queue messages and a database of schema 1, which later versions must read."""
