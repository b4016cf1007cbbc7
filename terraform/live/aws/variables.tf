# The module's own variables, which it describes and checks: terraform/aws/variables.tf.

variable "alarms" {
  description = "As the module's."
  type        = any
  default     = {}
}

variable "analytics" {
  description = "As the module's."
  type        = any
  default     = {}
}

variable "api_gateway_account" {
  description = "As the module's."
  type        = bool
  default     = false
}

variable "canary" {
  description = "As the module's."
  type        = any
  default     = {}
}

variable "emulated" {
  description = "As the module's: `telemetry deploy local` sets it."
  type        = bool
  default     = false
}

variable "environment_id" {
  description = "As the module's."
  type        = string
}

variable "iam" {
  description = "As the module's."
  type        = any
  default     = {}
}

variable "kms_key_arn" {
  description = "As the module's."
  type        = string
  default     = null
}

variable "packages" {
  description = "As the module's."
  type        = any
  default     = { webhook = "../../../build/aws/webhook.zip", worker = "../../../build/aws/worker.zip" }
}

variable "queue" {
  description = "As the module's."
  type        = any
  default     = {}
}

variable "runtime" {
  description = "As the module's."
  type        = any
  default     = {}
}

variable "schedules" {
  description = "As the module's."
  type        = any
  default     = null
}

variable "settings" {
  description = "As the module's."
  type        = any
  default     = {}
}

variable "store" {
  description = "As the module's."
  type        = any
  default     = {}
}

variable "tags" {
  description = "Tags of everything, beside application and environment."
  type        = map(string)
  default     = {}
}

variable "webhook" {
  description = "As the module's."
  type        = any
  default     = {}
}
