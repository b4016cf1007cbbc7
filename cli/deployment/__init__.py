"""Deploys to a cloud: targets, Terraform, packaging and secrets."""
