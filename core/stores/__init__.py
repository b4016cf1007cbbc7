"""Stores that need no cloud SDK; those that do live in runtimes/<cloud>/."""
