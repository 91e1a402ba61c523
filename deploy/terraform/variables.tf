variable "environment" {
  description = "Whose these are; goes into every name."
  type        = string

  validation {
    condition     = contains(["staging", "production"], var.environment)
    error_message = "It is staging or production."
  }
}

variable "region" {
  description = "Where buckets and data services are."
  type        = string
  default     = "us-east-1"
}

variable "cluster_name" {
  description = "The EKS cluster whose pods run the services."
  type        = string
}

variable "vpc_id" {
  description = "The cluster's network."
  type        = string
}

variable "data_subnet_ids" {
  description = "Private subnets of the data services, in different zones."
  type        = list(string)

  validation {
    condition     = length(var.data_subnet_ids) >= 2
    error_message = "Two zones at least."
  }
}

variable "client_security_group_ids" {
  description = "Security groups of the nodes (or pods) that may reach the data services."
  type        = set(string)

  validation {
    condition     = length(var.client_security_group_ids) > 0
    error_message = "Nobody could reach them."
  }
}

variable "media_domain" {
  description = "Name of the CDN: CLOUDFRONT_DOMAIN of the gateway."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9-]+(\\.[a-z0-9-]+)+$", var.media_domain))
    error_message = "A host name, without a scheme."
  }
}

variable "media_certificate_arn" {
  description = "Certificate of that name; CloudFront takes it from us-east-1 only."
  type        = string

  validation {
    condition     = can(regex("^arn:aws:acm:us-east-1:", var.media_certificate_arn))
    error_message = "A certificate in us-east-1."
  }
}

variable "media_cors_origins" {
  description = "Origins of web players, such as https://app.example.com; phones need none."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for origin in var.media_cors_origins : startswith(origin, "https://")])
    error_message = "Each begins with https://."
  }
}

variable "signing_public_keys" {
  description = "Public halves (PEM, RSA 2048) of the keys that sign media URLs, by a name of yours: one, and two while one is replaced."
  type        = map(string)

  validation {
    condition     = length(var.signing_public_keys) >= 1 && length(var.signing_public_keys) <= 2
    error_message = "One key, or two during a rotation."
  }

  validation {
    condition     = alltrue([for key in values(var.signing_public_keys) : startswith(key, "-----BEGIN PUBLIC KEY-----")])
    error_message = "The public half only: it begins with -----BEGIN PUBLIC KEY-----."
  }
}

variable "broker_instance_type" {
  description = "Size of each broker; RabbitMQ 4 needs the m7g family."
  type        = string
  default     = "mq.m7g.large"

  validation {
    condition     = startswith(var.broker_instance_type, "mq.m7g.")
    error_message = "RabbitMQ 4 runs on mq.m7g."
  }
}

variable "broker_administrator_password" {
  description = "Password of the broker's administrator, from TF_VAR_broker_administrator_password; it stays in the state."
  type        = string
  sensitive   = true

  validation {
    condition     = length(var.broker_administrator_password) >= 24 && can(regex("^[A-Za-z0-9]+$", var.broker_administrator_password))
    error_message = "24 letters and digits at least."
  }
}

variable "database_instance_class" {
  description = "Size of the database server."
  type        = string
  default     = "db.t4g.medium"
}

variable "cache_node_type" {
  description = "Size of each Valkey node."
  type        = string
  default     = "cache.t4g.small"
}

variable "cache_password" {
  description = "Password of Valkey, from TF_VAR_cache_password; it stays in the state."
  type        = string
  sensitive   = true

  validation {
    condition     = length(var.cache_password) >= 24 && can(regex("^[A-Za-z0-9]+$", var.cache_password))
    error_message = "24 letters and digits at least."
  }
}
