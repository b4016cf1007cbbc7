"""The dev server: the functions on this machine, on an emulator of AWS or on fakes of Google Cloud."""
