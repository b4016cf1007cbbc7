# The module's own variables, which it describes and checks: terraform/gcp/variables.tf.

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

variable "canary" {
  description = "As the module's."
  type        = any
  default     = {}
}

variable "environment_id" {
  description = "As the module's."
  type        = string
}

variable "invoker_iam_check" {
  description = "As the module's."
  type        = bool
  default     = null
}

variable "kms_key" {
  description = "As the module's."
  type        = string
  default     = null
}

variable "labels" {
  description = "Labels of everything, beside application and environment."
  type        = map(string)
  default     = {}
}

variable "packages" {
  description = "As the module's."
  type        = any
  default     = { webhook = "../../../build/gcp/webhook.zip", worker = "../../../build/gcp/worker.zip" }
}

variable "project" {
  description = "As the module's."
  type        = string
}

variable "region" {
  description = "As the module's."
  type        = string
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

variable "webhook" {
  description = "As the module's."
  type        = any
  default     = {}
}
