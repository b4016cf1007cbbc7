# Full: every function, job and alarm, with notifications, a customer managed key, and a bucket as store.
# For `make deploy-gcp`: copy it to ENVIRONMENT_ID.tfvars beside the Makefile, such as production.tfvars.
# Set STORE=gcs in .env, too.

alarms    = { actions = ["team@example.com"], oldest_message_age = 3600 }
canary    = { enabled = true, expression = "20 * * * *" }
kms_key   = "projects/octo-keys/locations/europe-west1/keyRings/telemetry/cryptoKeys/telemetry"
runtime   = { log_level = "info", log_retention_days = 90 }
schedules = { backfill = { alarm_hours = 168 } }
store     = { kind = "gcs" }
webhook = {
  allowed_networks = ["192.30.252.0/22", "185.199.108.0/22", "140.82.112.0/20", "143.55.64.0/20", "9.234.98.160/28", "9.234.98.176/28", "9.234.106.48/28"]
  max_instances    = 10
}
