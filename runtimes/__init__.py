"""Adapters and composition roots, one package for each environment in which the functions run."""
