"""Report on the merged database: `model.py` defines a report, `build.py` queries it, `as_*.py` render it."""
