"""Render the dashboard: HTML files that open from disk and make no network requests."""

from warehouse.dashboard.layout import PAGE_NAME
from warehouse.dashboard.page import folder_of, page, pages

__all__ = ["PAGE_NAME", "folder_of", "page", "pages"]
