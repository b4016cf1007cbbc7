"""Runs the acceptance test of a cloud: a deployment of its own from the first plan to its destruction, with a transcript."""
