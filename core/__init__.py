"""The cloud-agnostic pipeline: verify, sign, collect, store. No cloud SDK, ever."""
