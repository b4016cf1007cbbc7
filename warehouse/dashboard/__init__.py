"""The dashboard: one HTML file that opens from disk, and asks no network for anything."""

from warehouse.dashboard.page import page

__all__ = ["page"]
