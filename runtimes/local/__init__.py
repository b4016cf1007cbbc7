"""The operator's machine: the dev server on an emulator of AWS, and the command line."""
