"""What is told of the merged database: `model.py` is what a report says, `build.py` asks for it, `as_*.py` write it."""
