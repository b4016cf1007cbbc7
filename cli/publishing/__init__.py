"""Renders reports and dashboards and publishes them."""
