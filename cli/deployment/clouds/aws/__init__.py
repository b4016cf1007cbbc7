"""Everything the operator needs for AWS."""
