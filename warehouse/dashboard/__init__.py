"""Render the dashboard: one HTML file that opens from disk and makes no network requests."""

from warehouse.dashboard.page import page

__all__ = ["page"]
