"""Generates weeks of sample activity as GitHub deliveries; the same seed generates the same bytes."""
