variable "alarms" {
  description = "Alarms: `actions` are the ARNs of SNS topics to notify (empty: nobody is notified). `oldest_message_age` is the age in seconds from which a waiting event raises an alarm. `only` has the names of the alarms to create (null: all)."
  type = object({
    actions            = optional(list(string), [])
    only               = optional(set(string))
    oldest_message_age = optional(number, 3600)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for arn in var.alarms.actions : can(regex("^arn:[^:]+:[a-z]+:", arn))])
    error_message = "alarms.actions must be ARNs, such as arn:aws:sns:eu-west-1:123456789012:alerts."
  }
  validation {
    condition     = var.alarms.oldest_message_age >= 60 && var.alarms.oldest_message_age <= 14 * 86400
    error_message = "alarms.oldest_message_age must be 60 to 1209600 seconds, such as 3600."
  }
}

variable "analytics" {
  description = "Tables of Athena on the bucket, which needs store.kind s3: whether they exist, the first UTC day of the landing, the most bytes that a query may read, and the ARNs of the roles, users or accounts that may assume the role that reads the results (`readers`) and the one that computes them (`refreshers`)."
  type = object({
    enabled         = optional(bool, false)
    first_day       = optional(string, "2026-01-01")
    bytes_per_query = optional(number, 100000000000)
    readers         = optional(set(string), [])
    refreshers      = optional(set(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = !var.analytics.enabled || var.store.kind == "s3"
    error_message = "analytics.enabled needs store.kind s3: Athena reads the landing of the bucket."
  }
  validation {
    condition     = can(formatdate("YYYY-MM-DD", "${var.analytics.first_day}T00:00:00Z")) && can(regex("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", var.analytics.first_day))
    error_message = "analytics.first_day must be a day, such as 2026-01-01. Records that were landed before it are invisible."
  }
  validation {
    condition     = var.analytics.bytes_per_query >= 10000000 && floor(var.analytics.bytes_per_query) == var.analytics.bytes_per_query
    error_message = "analytics.bytes_per_query must be whole bytes from 10000000 on, which is Athena's least limit."
  }
  validation {
    condition     = alltrue([for arn in setunion(var.analytics.readers, var.analytics.refreshers) : can(regex("^arn:[^:]+:(iam|sts)::[0-9]{12}:(root|(role|user|assumed-role)/[^*]+)$", arn))])
    error_message = "analytics.readers and analytics.refreshers must be ARNs of roles, users or accounts, such as arn:aws:iam::123456789012:role/analyst."
  }
}

variable "api_gateway_account" {
  description = "Whether to set the CloudWatch role of API Gateway, which exists once per account and region. The access log of the HTTP API does not need it."
  type        = bool
  default     = false
  nullable    = false
}

variable "canary" {
  description = "The canary, a function that sends a signed test event through the public URL: whether it exists, and when it runs (an expression of EventBridge Scheduler, in UTC), at least once an hour. The job `canary` expects an event within the last three hours; it is off without the canary."
  type = object({
    enabled    = optional(bool, true)
    expression = optional(string, "cron(20 * * * ? *)")
  })
  default  = {}
  nullable = false

  validation {
    condition     = can(regex("^(cron|rate)\\(.+\\)$", var.canary.expression))
    error_message = "canary.expression must be a cron(…) or rate(…) of EventBridge Scheduler, such as cron(20 * * * ? *)."
  }
}

variable "emulated" {
  description = "Whether this is an emulator of AWS on this machine, which has no TLS: the policies then let in requests from loopback addresses without it. Refused in every account but the emulator's."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.emulated || local.account == "000000000000"
    error_message = "emulated is for the emulator's account 000000000000: here requests without TLS stay forbidden."
  }
}

variable "environment_id" {
  description = "Name of the environment. It is part of the name of every resource, so that an account can have several environments."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,19}$", var.environment_id))
    error_message = "environment_id must be 1 to 20 of a-z, 0-9 and '-', beginning with a letter, such as production."
  }
  validation {
    condition     = !can(regex("-(retries|dead-letters|failed-invocations)$", var.environment_id))
    error_message = "environment_id must not end in -retries, -dead-letters or -failed-invocations: its queue would be another environment's."
  }
}

variable "iam" {
  description = "Path and permissions boundary (ARN of a policy; null: none) of every role. The policy of the deployer requires both: `telemetry policies aws`. A new path replaces the roles."
  type = object({
    role_path            = optional(string, "/")
    permissions_boundary = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = can(regex("^/([!-.0-~]+/)*$", var.iam.role_path)) && length(var.iam.role_path) <= 512
    error_message = "iam.role_path must begin and end with /, such as /telemetry/."
  }
  validation {
    condition     = var.iam.permissions_boundary == null || can(regex("^arn:[^:]+:iam::([0-9]{12}|aws):policy/.+$", var.iam.permissions_boundary))
    error_message = "iam.permissions_boundary must be the ARN of a policy, such as arn:aws:iam::123456789012:policy/telemetry-boundary, or null."
  }
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts the secrets, the queues and the bucket; null: keys that AWS manages."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[^:]+:kms:", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a KMS key, or null."
  }
}

variable "packages" {
  description = "Paths of the zips that `telemetry package aws` builds. The schedule function uses `worker`, the canary `webhook`."
  type = object({
    webhook = string
    worker  = string
  })
  nullable = false

  validation {
    condition     = alltrue([for path in values(var.packages) : endswith(path, ".zip")])
    error_message = "packages must be paths of zips: `telemetry package aws` builds them in build/aws/."
  }
}

variable "queue" {
  description = "How the worker reads the queues: messages of a batch at most, seconds that a batch is collected for, concurrent batches of each queue, timeout of the worker in seconds."
  type = object({
    batch_size      = optional(number, 1000)
    window          = optional(number, 60)
    max_concurrency = optional(number, 2)
    worker_timeout  = optional(number, 300)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.queue.batch_size >= 1 && var.queue.batch_size <= 10000 && (var.queue.batch_size <= 10 || var.queue.window >= 1)
    error_message = "queue.batch_size must be 1 to 10000, and above 10 queue.window must be at least 1 second."
  }
  validation {
    condition     = var.queue.window >= 0 && var.queue.window <= 300
    error_message = "queue.window must be 0 to 300 seconds."
  }
  validation {
    condition     = var.queue.max_concurrency >= 2 && var.queue.max_concurrency <= 1000
    error_message = "queue.max_concurrency must be 2 to 1000: AWS allows no less than 2."
  }
  validation {
    condition     = var.queue.worker_timeout >= 30 && var.queue.worker_timeout <= 900
    error_message = "queue.worker_timeout must be 30 to 900 seconds."
  }
}

variable "runtime" {
  description = "Python version and architecture of the functions, which must be those that the packages were built for, memory in MB, log level, and days for which logs are kept."
  type = object({
    python             = optional(string, "python3.13")
    architecture       = optional(string, "arm64")
    webhook_memory     = optional(number, 256)
    worker_memory      = optional(number, 512)
    log_level          = optional(string, "info")
    log_retention_days = optional(number, 30)
  })
  default  = {}
  nullable = false

  validation {
    condition     = can(regex("^python3\\.1[1-9]$", var.runtime.python))
    error_message = "runtime.python must be a Python of Lambda's from 3.11 on, such as python3.13."
  }
  validation {
    condition     = contains(["arm64", "x86_64"], var.runtime.architecture)
    error_message = "runtime.architecture must be arm64 or x86_64, as the packages were built for."
  }
  validation {
    condition     = alltrue([for built in local.built_for : built == "${var.runtime.python} on ${var.runtime.architecture}"])
    error_message = "runtime is ${var.runtime.python} on ${var.runtime.architecture}, but the packages were built for ${join(" and ", local.built_for)}. Set runtime.python and runtime.architecture to that, or build the packages again: `telemetry package aws`."
  }
  validation {
    condition     = contains(["debug", "info", "warning", "error"], var.runtime.log_level)
    error_message = "runtime.log_level must be debug, info, warning or error."
  }
  validation {
    condition     = alltrue([for size in [var.runtime.webhook_memory, var.runtime.worker_memory] : size >= 128 && size <= 10240 && floor(size) == size])
    error_message = "runtime.webhook_memory and runtime.worker_memory must be 128 to 10240 megabytes."
  }
  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.runtime.log_retention_days)
    error_message = "runtime.log_retention_days must be one of CloudWatch's: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

variable "schedules" {
  description = "Changes to `terraform/schedules.json`, by job: when the job runs (an expression of EventBridge Scheduler, in UTC), after how many hours without a success its alarm is raised, and whether it runs. `all = { enabled = false }` switches off every job that has no `enabled` of its own."
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
    condition     = alltrue([for job in values(var.schedules) : can(regex("^(cron|rate)\\(.+\\)$", coalesce(job.expression, "rate(1 day)")))])
    error_message = "schedules.*.expression must be a cron(…) or rate(…) of EventBridge Scheduler, such as cron(17 5 * * ? *)."
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
  description = "Where records are stored: `kind` is `github` (the repository of settings.repo_owner and settings.repo_name) or `s3` (a bucket that the module creates, with the name `bucket` or one after environment and account). `force_destroy` lets Terraform destroy a bucket that holds records."
  type = object({
    kind          = optional(string, "github")
    bucket        = optional(string)
    force_destroy = optional(bool, false)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["github", "s3"], var.store.kind)
    error_message = "store.kind must be github or s3."
  }
  validation {
    condition     = var.store.bucket == null || can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.store.bucket))
    error_message = "store.bucket must be 3 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit; null: one is named after environment and account."
  }
  validation {
    condition     = var.store.kind == "s3" || alltrue([for name in ["repo_owner", "repo_name"] : lookup(var.settings, name, null) != null])
    error_message = "store.kind github needs settings.repo_owner and settings.repo_name: REPO_OWNER and REPO_NAME in .env."
  }
}

variable "webhook" {
  description = "The webhook: networks that may send (CIDRs; empty: all; GitHub's are `hooks` of https://api.github.com/meta), requests per second and in a burst, and a custom domain with the ARN of its certificate."
  type = object({
    allowed_networks = optional(list(string), [])
    rate             = optional(number, 100)
    burst            = optional(number, 500)
    domain = optional(object({
      name            = string
      certificate_arn = string
    }))
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for network in var.webhook.allowed_networks : can(cidrhost(network, 0))])
    error_message = "webhook.allowed_networks must be CIDRs, such as 192.30.252.0/22."
  }
  validation {
    condition     = var.webhook.rate >= 1 && var.webhook.burst >= 1
    error_message = "webhook.rate and webhook.burst must be at least 1."
  }
  validation {
    condition     = var.webhook.domain == null || can(regex("^arn:[^:]+:acm:", var.webhook.domain.certificate_arn))
    error_message = "webhook.domain.certificate_arn must be the ARN of a certificate of the same region, such as arn:aws:acm:eu-west-1:123456789012:certificate/…"
  }
}
