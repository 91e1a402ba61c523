variable "name" {
  type = string
}

variable "domain" {
  type = string
}

variable "certificate_arn" {
  type = string
}

variable "cors_origins" {
  type = list(string)
}

variable "signing_public_keys" {
  type = map(string)
}
