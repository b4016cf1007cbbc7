variable "alarms" {
  description = "Whom the alarms tell (e-mail addresses, or notification channels that are there; none: the alarms are there, and tell nobody), and after how many seconds of waiting the oldest message is too old."
  type = object({
    actions            = optional(list(string), [])
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

variable "canary" {
  description = "When a signed event of our own is sent through the public URL (a crontab's five fields, in UTC): every hour, or more often. The job canary wants one of the last three hours."
  type        = string
  default     = "20 * * * *"
  nullable    = false

  validation {
    condition     = can(regex("^[0-9A-Za-z*/,-]+( [0-9A-Za-z*/,-]+){4}$", var.canary))
    error_message = "canary must be a crontab's five fields, such as 20 * * * *."
  }
}

variable "environment_id" {
  description = "Name of this installation: part of the name of everything, so that several live side by side in a project."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,19}$", var.environment_id))
    error_message = "environment_id must be 1 to 20 of a-z, 0-9 and '-', beginning with a letter, such as production."
  }
}

variable "invoker_iam_check" {
  description = "Whether Cloud Run checks who calls the webhook, and allUsers may. false for organizations that forbid allUsers: the check of the webhook's service must then be switched off after each apply. `make deploy-gcp` does that; otherwise `gcloud run services update telemetry-ENVIRONMENT_ID-webhook --no-invoker-iam-check`."
  type        = bool
  default     = true
  nullable    = false
}

variable "kms_key" {
  description = "Key that encrypts the secrets, the topics and the buckets, of the same region; null: Google's own keys."
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
  description = "Paths of the zips that `make package-gcp` builds; the schedule function runs the worker's."
  type = object({
    webhook = string
    worker  = string
  })
  nullable = false

  validation {
    condition     = alltrue([for path in values(var.packages) : endswith(path, ".zip")])
    error_message = "packages must be paths of zips: `make package-gcp` builds them in build/gcp/."
  }
}

variable "project" {
  description = "Id of the project that everything is created in."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project must be a project's id, not its name or number, such as octo-telemetry: GOOGLE_CLOUD_PROJECT in .env."
  }
}

variable "region" {
  description = "Region that everything is created in."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[1-9][0-9]?$", var.region))
    error_message = "region must be a region, not a zone, such as europe-west1: GOOGLE_CLOUD_REGION in .env."
  }
}

variable "runtime" {
  description = "What the functions run on and with: the Python that the packages were built for, megabytes of memory, the least log line, days that logs are kept."
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
  description = "Changes to ../schedules.json, by job: when it runs (five fields of a crontab, in UTC), after how many hours without a success its alarm goes off, and whether it runs at all."
  type = map(object({
    expression  = optional(string)
    alarm_hours = optional(number)
    enabled     = optional(bool)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.schedules) : contains(keys(local.job_table), name)])
    error_message = "schedules must name jobs: ${join(", ", keys(local.job_table))}."
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
  description = "Settings of the pipeline by name, as ../settings.json lists them and docs/ARCHITECTURE.md describes them; what is left out has the code's own default."
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
  description = "Where records are kept: kind `github` (settings.repo_owner and repo_name) or `gcs`, whose bucket is created here."
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
  description = "Who may come in, and on how many instances at most, of 80 requests at once each: CIDRs (none: everybody; GitHub's are `hooks` of https://api.github.com/meta)."
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
