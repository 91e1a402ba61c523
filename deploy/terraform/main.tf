locals {
  name = "affirmation-beats-${var.environment}"
}

module "media" {
  source = "./modules/media"

  name                = local.name
  domain              = var.media_domain
  certificate_arn     = var.media_certificate_arn
  cors_origins        = var.media_cors_origins
  signing_public_keys = var.signing_public_keys
}

module "access" {
  source = "./modules/access"

  name         = local.name
  environment  = var.environment
  cluster_name = var.cluster_name
  bucket_arns  = module.media.bucket_arns
}

module "data" {
  source = "./modules/data"

  name                          = local.name
  production                    = var.environment == "production"
  vpc_id                        = var.vpc_id
  subnet_ids                    = var.data_subnet_ids
  client_security_group_ids     = var.client_security_group_ids
  broker_instance_type          = var.broker_instance_type
  broker_administrator_password = var.broker_administrator_password
  database_instance_class       = var.database_instance_class
  cache_node_type               = var.cache_node_type
  cache_password                = var.cache_password
}
