variable "name" {
  description = "Prefix of everything that is made here; one for each stage."
  type        = string
  default     = "approvals"
}

variable "artifact" {
  description = "The zip that `make lambda` builds."
  type        = string
}

variable "architecture" {
  description = "What the zip was built for."
  type        = string
  default     = "arm64"
  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "The architecture is arm64 or x86_64."
  }
}

variable "runtime" {
  description = "What the zip was built for."
  type        = string
  default     = "python3.13"
}

variable "database_url_arn" {
  description = "ARN of the secret that holds the database URL, or RDS's own secret. Empty with database_iam."
  type        = string
  default     = ""
}

variable "database_address" {
  description = "postgresql+psycopg://HOST:5432/NAME?sslmode=require, where the secret is RDS's own and holds only user and password."
  type        = string
  default     = ""
}

variable "database_iam" {
  description = "Log in to RDS by IAM: the URL, which has no password, and the ARN of the database user."
  type        = object({ url = string, user_arn = string })
  default     = null
}

variable "signing_keys_arn" {
  description = "ARN of the secret that holds the keys of review links."
  type        = string
}

variable "api_keys_arn" {
  description = "ARN of the secret that holds the hashed API keys."
  type        = string
}

variable "slack_tokens_arn" {
  description = "ARN of the secret that holds the bot tokens of Slack, one for each workspace; empty without Slack."
  type        = string
  default     = ""
}

variable "slack_signing_secrets_arn" {
  description = "ARN of the secret that holds the signing secrets of the Slack app; with slack_tokens_arn."
  type        = string
  default     = ""
}

variable "mail_from" {
  description = "The address mails come from, an identity verified in SES."
  type        = string
}

variable "public_url" {
  description = "Where people reach the pages; empty for API Gateway's own address."
  type        = string
  default     = ""
}

variable "vpc" {
  description = "Private subnets beside the database; null for functions outside of any VPC."
  type = object({
    id                         = string
    subnet_ids                 = list(string)
    database_security_group_id = string
  })
  default = null
}

variable "directory" {
  description = "Where approvals.yml lies, to be looked at every minute: s3://BUCKET/KEY, or ssm:/NAME of a parameter; empty for none."
  type        = string
  default     = ""
  validation {
    condition     = can(regex("^(s3://[^/]+/.+|ssm:/.+)?$", var.directory))
    error_message = "Must be s3://BUCKET/KEY or ssm:/NAME."
  }
}

variable "directory_layer_arn" {
  description = "ARN, with version, of a layer that holds approvals.yml; empty for none."
  type        = string
  default     = ""
}

variable "api_auth" {
  description = "Callers of the API bear a key of ours (keys), or their role may call it (iam)."
  type        = string
  default     = "keys"
  validation {
    condition     = contains(["keys", "iam"], var.api_auth)
    error_message = "api_auth is keys or iam."
  }
}

variable "topic" {
  description = "Make an SNS topic that workflows publish to."
  type        = bool
  default     = false
}

variable "event_rule" {
  description = "Take submissions by putEvents on the default bus."
  type        = bool
  default     = false
}

variable "status_events" {
  description = "Events about executions that stop, fail or time out make heartbeats check what waits."
  type        = bool
  default     = true
}

variable "one_tick_at_a_time" {
  description = "Reserve one execution for the tick; false in an account that may have only ten at once."
  type        = bool
  default     = true
}

variable "log_days" {
  description = "How long logs are kept."
  type        = number
  default     = 30
}

variable "throttle" {
  description = "Requests a second over all clients, and how many at once."
  type        = object({ rate = number, burst = number })
  default     = { rate = 25, burst = 50 }
}

variable "settings" {
  description = "More settings, APPROVALS_… = value (docs/reference/settings.md); they win over those set here."
  type        = map(string)
  default     = {}
}

variable "tags" {
  type    = map(string)
  default = {}
}
