"""Records of teams for the tests of the numbers: cases from the field, and random histories."""
