"""Weeks of a team's life as GitHub would send them: seeded, so that the same seed tells the same story to the byte."""
