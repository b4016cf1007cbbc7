variable "account_id" {
  description = "Name of its account: 6 to 30 characters."
  type        = string
}

variable "archive" {
  description = "Where its zip is."
  type        = object({ bucket = string, object = string })
}

variable "buckets" {
  description = "Buckets that it stores in: the role, and under which condition (null: none), by name."
  type        = map(object({ bucket = string, role = string, condition = optional(string) }))
  default     = {}
}

variable "build" {
  description = "Who builds it, and the repository that its image is put in."
  type        = object({ account = string, repository = string })
}

variable "callers" {
  description = "Who may call it, by name."
  type        = map(string)
}

variable "concurrency" {
  description = "Requests at once, of one instance."
  type        = number
}

variable "description" {
  description = "What it is for, in the console."
  type        = string
}

variable "entry_point" {
  description = "Function of main.py, at the archive's root."
  type        = string
}

variable "environment" {
  description = "Its environment variables; never a secret."
  type        = map(string)
}

variable "instances" {
  description = "At most."
  type        = number
}

variable "memory" {
  description = "Megabytes."
  type        = number
}

variable "name" {
  description = "Its name, and its service's in Cloud Run."
  type        = string
}

variable "place" {
  description = "Project and region that it runs in."
  type        = object({ project = string, region = string })
}

variable "runtime" {
  description = "Cloud Functions' name of its Python."
  type        = string
}

variable "secrets" {
  description = "Ids of the secrets that it may read, by name."
  type        = map(string)
}

variable "subscriptions" {
  description = "Names of the subscriptions that it may work, by name."
  type        = map(string)
  default     = {}
}

variable "timeout" {
  description = "Seconds."
  type        = number
}

variable "topics" {
  description = "Names of the topics that it may publish to, by name."
  type        = map(string)
}
