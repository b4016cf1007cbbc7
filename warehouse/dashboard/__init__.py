"""Render the dashboard: HTML files that open from disk and make no network requests."""

from warehouse.dashboard.page import page, pages

__all__ = ["page", "pages"]
