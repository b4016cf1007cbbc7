# Minimal: webhook, queue, worker, store and one alarm, the dead letters'. Nothing recovers lost deliveries: GitHub shows them as failed.
# For `make deploy-aws`: copy it to ENVIRONMENT_ID.tfvars beside the Makefile, such as production.tfvars.

alarms    = { only = ["dead-letters"] }
canary    = { enabled = false }
schedules = { all = { enabled = false } }
