"""The cloud-agnostic pipeline: verify, sign, collect, store. It imports no cloud SDK."""
