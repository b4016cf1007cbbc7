variable "alarms" {
  description = "Alarms: `actions` are e-mail addresses or existing notification channels to notify (empty: nobody is notified). `oldest_message_age` is the age in seconds from which a waiting event raises an alarm. `only` has the names of the alarms to create (null: all)."
  type = object({
    actions            = optional(list(string), [])
    only               = optional(set(string))
    oldest_message_age = optional(number, 3600)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for action in var.alarms.actions : can(regex("^([^@[:space:]/]+@[^@[:space:]/]+\\.[^@[:space:]/]+|projects/[^/]+/notificationChannels/[^/]+)$", action))])
    error_message = "alarms.actions must be e-mail addresses, such as team@example.com, or notification channels, such as projects/my-project/notificationChannels/123."
  }
  validation {
    condition     = var.alarms.oldest_message_age >= 60 && var.alarms.oldest_message_age <= 7 * 86400
    error_message = "alarms.oldest_message_age must be 60 to 604800 seconds, such as 3600."
  }
}

variable "analytics" {
  description = "Tables of BigQuery on the bucket, which needs store.kind gcs: whether they exist, the most bytes that a query of the refresh may read, and who may read the results (`readers`) and compute them (`refreshers`): members such as `group:…` or `serviceAccount:…`."
  type = object({
    enabled         = optional(bool, false)
    bytes_per_query = optional(number, 100000000000)
    readers         = optional(set(string), [])
    refreshers      = optional(set(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = !var.analytics.enabled || var.store.kind == "gcs"
    error_message = "analytics.enabled needs store.kind gcs: BigQuery reads the landing of the bucket."
  }
  validation {
    condition     = var.analytics.bytes_per_query >= 10000000 && floor(var.analytics.bytes_per_query) == var.analytics.bytes_per_query
    error_message = "analytics.bytes_per_query must be whole bytes from 10000000 on: BigQuery bills no less for a table."
  }
  validation {
    condition     = alltrue([for member in setunion(var.analytics.readers, var.analytics.refreshers) : can(regex("^(domain|group|principal|principalSet|serviceAccount|user):.+$", member))])
    error_message = "analytics.readers and analytics.refreshers must be members, such as group:analysts@example.com."
  }
}

variable "canary" {
  description = "The canary, a function that sends a signed test event through the public URL: whether it exists, and when it runs (the five fields of a crontab, in UTC), at least once an hour. The job `canary` expects an event within the last three hours; it is off without the canary."
  type = object({
    enabled    = optional(bool, true)
    expression = optional(string, "20 * * * *")
  })
  default  = {}
  nullable = false

  validation {
    condition     = can(regex("^[0-9A-Za-z*/,-]+( [0-9A-Za-z*/,-]+){4}$", var.canary.expression))
    error_message = "canary.expression must be a crontab's five fields, such as 20 * * * *."
  }
}

variable "environment_id" {
  description = "Name of the environment. It is part of the name of every resource, so that a project can have several environments."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,19}$", var.environment_id))
    error_message = "environment_id must be 1 to 20 of a-z, 0-9 and '-', beginning with a letter, such as production."
  }
}

variable "invoker_iam_check" {
  description = "Whether Cloud Run checks who calls the webhook, with a grant to `allUsers`. Set it to false in organizations that forbid `allUsers`: then the check must be switched off after each apply. `telemetry deploy gcp` does that; otherwise run `gcloud run services update telemetry-ENVIRONMENT_ID-webhook --no-invoker-iam-check`."
  type        = bool
  default     = true
  nullable    = false
}

variable "kms_key" {
  description = "Full name of the Cloud KMS key, of the same region, that encrypts the secrets, the topics and the buckets; null: keys that Google manages."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key == null || can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "kms_key must be a key's full name, projects/PROJECT/locations/REGION/keyRings/RING/cryptoKeys/KEY, or null."
  }
  validation {
    condition     = var.kms_key == null || strcontains(coalesce(var.kms_key, "-"), "/locations/${var.region}/")
    error_message = "kms_key must be of the region that everything else is in: buckets and secrets take no other."
  }
}

variable "packages" {
  description = "Paths of the zips that `telemetry package gcp` builds. The schedule function uses `worker`, the canary `webhook`."
  type = object({
    webhook = string
    worker  = string
  })
  nullable = false

  validation {
    condition     = alltrue([for path in values(var.packages) : endswith(path, ".zip")])
    error_message = "packages must be paths of zips: `telemetry package gcp` builds them in build/gcp/."
  }
}

variable "project" {
  description = "ID of the project in which everything is created."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project must be a project's id, not its name or number, such as octo-telemetry: GOOGLE_CLOUD_PROJECT in .env."
  }
}

variable "region" {
  description = "Region in which everything is created."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[1-9][0-9]?$", var.region))
    error_message = "region must be a region, not a zone, such as europe-west1: GOOGLE_CLOUD_REGION in .env."
  }
}

variable "runtime" {
  description = "Python version of the functions, which must be the one that the packages were built for, memory in MiB, log level, and days for which logs are kept."
  type = object({
    python             = optional(string, "python313")
    webhook_memory     = optional(number, 512)
    worker_memory      = optional(number, 512)
    log_level          = optional(string, "info")
    log_retention_days = optional(number, 30)
  })
  default  = {}
  nullable = false

  validation {
    condition     = can(regex("^python31[1-9]$", var.runtime.python))
    error_message = "runtime.python must be a Python of Cloud Functions' from 3.11 on, such as python313."
  }
  validation {
    condition     = alltrue([for built in local.built_for : built == var.runtime.python])
    error_message = "runtime.python is ${var.runtime.python}, but the packages were built for ${join(" and ", local.built_for)}. Set runtime.python to that, or build the packages again: `telemetry package gcp`."
  }
  validation {
    condition     = contains(["debug", "info", "warning", "error"], var.runtime.log_level)
    error_message = "runtime.log_level must be debug, info, warning or error."
  }
  validation {
    condition     = alltrue([for size in [var.runtime.webhook_memory, var.runtime.worker_memory] : size >= 256 && size <= 4096 && floor(size) == size])
    error_message = "runtime.webhook_memory and runtime.worker_memory must be 256 to 4096 megabytes, which is what one CPU goes with."
  }
  validation {
    condition     = var.runtime.log_retention_days >= 1 && var.runtime.log_retention_days <= 3650 && floor(var.runtime.log_retention_days) == var.runtime.log_retention_days
    error_message = "runtime.log_retention_days must be whole days from 1 to 3650."
  }
}

variable "schedules" {
  description = "Changes to `terraform/schedules.json`, by job: when the job runs (the five fields of a crontab, in UTC), after how many hours without a success its alarm is raised, and whether it runs. `all = { enabled = false }` switches off every job that has no `enabled` of its own."
  type = map(object({
    expression  = optional(string)
    alarm_hours = optional(number)
    enabled     = optional(bool)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.schedules) : contains(concat(["all"], keys(local.job_table)), name)])
    error_message = "schedules must name jobs: ${join(", ", keys(local.job_table))}; or all."
  }
  validation {
    condition     = try(var.schedules["all"].expression, null) == null && try(var.schedules["all"].alarm_hours, null) == null
    error_message = "schedules.all takes only enabled."
  }
  validation {
    condition     = alltrue([for job in values(var.schedules) : can(regex("^[0-9A-Za-z*/,-]+( [0-9A-Za-z*/,-]+){4}$", coalesce(job.expression, "0 0 * * *")))])
    error_message = "schedules.*.expression must be a crontab's five fields, such as 17 5 * * *."
  }
  validation {
    condition     = alltrue([for hours in [for job in values(var.schedules) : coalesce(job.alarm_hours, 25)] : hours >= 2 && hours <= 168 && floor(hours) == hours])
    error_message = "schedules.*.alarm_hours must be whole hours from 2 to 168."
  }
}

variable "settings" {
  description = "Settings of the pipeline by their names in lower case: `terraform/settings.json` lists them, docs/ARCHITECTURE.md describes them. A setting that is left out has its default."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.settings) : contains(keys(local.setting_table), name)])
    error_message = "settings has unknown names: ${join(", ", setsubtract(keys(var.settings), keys(local.setting_table)))}. There are: ${join(", ", keys(local.setting_table))}."
  }
  validation {
    condition     = alltrue([for name, value in var.settings : value == null || try(local.setting_table[name].type, "string") != "number" || can(tonumber(value))])
    error_message = "settings must be numbers: ${join(", ", [for name, value in var.settings : name if try(local.setting_table[name].type, "string") == "number" && !can(tonumber(value))])}."
  }
  validation {
    condition     = can(regex("^https?://[^/?#]+", coalesce(lookup(var.settings, "github_api_url", null), "https://api.github.com")))
    error_message = "settings.github_api_url must be a URL, such as https://HOST/api/v3 of an Enterprise Server."
  }
}

variable "store" {
  description = "Where records are stored: `kind` is `github` (the repository of settings.repo_owner and settings.repo_name) or `gcs` (a bucket that the module creates, with the name `bucket` or one after environment and project). `force_destroy` lets Terraform destroy a bucket that holds records."
  type = object({
    kind          = optional(string, "github")
    bucket        = optional(string)
    force_destroy = optional(bool, false)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["github", "gcs"], var.store.kind)
    error_message = "store.kind must be github or gcs."
  }
  validation {
    condition     = var.store.bucket == null || can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.store.bucket))
    error_message = "store.bucket must be 3 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit; null: one is named after environment and project."
  }
  validation {
    condition     = var.store.bucket == null || !can(regex("^goog|google", var.store.bucket))
    error_message = "store.bucket must not begin with goog, nor hold google: Cloud Storage refuses both."
  }
  validation {
    condition     = var.store.kind == "gcs" || alltrue([for name in ["repo_owner", "repo_name"] : lookup(var.settings, name, null) != null])
    error_message = "store.kind github needs settings.repo_owner and settings.repo_name: REPO_OWNER and REPO_NAME in .env."
  }
}

variable "webhook" {
  description = "The webhook: networks that may send (CIDRs; empty: all; GitHub's are `hooks` of https://api.github.com/meta), and the maximum number of instances, each of which serves 80 concurrent requests."
  type = object({
    allowed_networks = optional(list(string), [])
    max_instances    = optional(number, 10)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for network in var.webhook.allowed_networks : can(cidrhost(network, 0))])
    error_message = "webhook.allowed_networks must be CIDRs, such as 192.30.252.0/22."
  }
  validation {
    condition     = var.webhook.max_instances >= 1 && var.webhook.max_instances <= 100 && floor(var.webhook.max_instances) == var.webhook.max_instances
    error_message = "webhook.max_instances must be a whole number from 1 to 100, such as 10."
  }
}
