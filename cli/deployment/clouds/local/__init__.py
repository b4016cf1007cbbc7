"""Everything the operator needs for the AWS emulator under strict IAM."""
