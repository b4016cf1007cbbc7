"""How the real clouds behave where emulators do not: each fact with what stands in for the cloud, its test, and what reverts the fix."""
