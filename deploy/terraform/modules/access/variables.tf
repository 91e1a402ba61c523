variable "name" {
  type = string
}

variable "environment" {
  type = string
}

variable "cluster_name" {
  type = string
}

variable "bucket_arns" {
  type = map(string)
}
