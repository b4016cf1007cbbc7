"""One folder per cloud: the operations that the commands need."""
