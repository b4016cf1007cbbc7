variable "architecture" {
  description = "Of the package: arm64 or x86_64."
  type        = string
}

variable "description" {
  description = "What it is for, in the console."
  type        = string
}

variable "environment" {
  description = "Its environment variables; never a secret."
  type        = map(string)
}

variable "handler" {
  description = "Module and function."
  type        = string
}

variable "iam" {
  description = "Path and permissions boundary of its role."
  type        = object({ role_path = string, permissions_boundary = string })
}

variable "log_retention_days" {
  description = "Days that its logs are kept."
  type        = number
}

variable "memory" {
  description = "Megabytes."
  type        = number
}

variable "name" {
  description = "Its name, and its role's."
  type        = string
}

variable "package" {
  description = "Path of its zip."
  type        = string
}

variable "place" {
  description = "Partition, region and account that it runs in."
  type        = object({ partition = string, region = string, account = string })
}

variable "runtime" {
  description = "Lambda's name of its Python."
  type        = string
}

variable "statements" {
  description = "What it may do, beside writing its own log: each statement's actions, resources and conditions, by name."
  type = map(object({
    Action    = list(string)
    Resource  = list(string)
    Condition = optional(map(map(list(string))))
  }))

  validation {
    condition     = alltrue(flatten([for each in values(var.statements) : [for arn in each.Resource : arn != "*"]]))
    error_message = "A statement must name its resources."
  }
}

variable "timeout" {
  description = "Seconds."
  type        = number
}
