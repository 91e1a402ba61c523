terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.25"
    }
  }

  # terraform init -backend-config=production.s3.tfbackend (bucket, key, region, use_lockfile)
  backend "s3" {
    encrypt = true
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      project     = "affirmation-beats"
      environment = var.environment
    }
  }
}
