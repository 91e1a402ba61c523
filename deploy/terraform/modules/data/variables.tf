variable "name" {
  type = string
}

variable "production" {
  type = bool
}

variable "vpc_id" {
  type = string
}

variable "subnet_ids" {
  type = list(string)
}

variable "client_security_group_ids" {
  type = set(string)
}

variable "broker_instance_type" {
  type = string
}

variable "broker_administrator_password" {
  type      = string
  sensitive = true
}

variable "database_instance_class" {
  type = string
}

variable "cache_node_type" {
  type = string
}

variable "cache_password" {
  type      = string
  sensitive = true
}
