"""Builds the deployment packages of the functions; one module per cloud."""
