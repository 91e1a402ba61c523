output "bucket_names" {
  description = "AWS_S3_BUCKET_NAME (media), AWS_S3_SPEECH_BUCKET_NAME and AWS_S3_READS_BUCKET_NAME."
  value       = module.media.bucket_names
}

output "media_distribution_domain" {
  description = "What the CDN's name points at (CNAME or alias)."
  value       = module.media.distribution_domain
}

output "signing_key_ids" {
  description = "CLOUDFRONT_KEY_PAIR_ID of each public key, by its name."
  value       = module.media.signing_key_ids
}

output "role_arns" {
  description = "The role of each service that has one."
  value       = module.access.role_arns
}

output "secret_names" {
  description = "Containers to be filled by hand or by a pipeline; nothing is in them."
  value       = module.access.secret_names
}

output "broker_endpoints" {
  description = "Host and port of RABBITMQ_URL, as amqps."
  value       = module.data.broker_endpoints
}

output "database_address" {
  description = "Host of every DATABASE_URL."
  value       = module.data.database_address
}

output "database_administrator_secret_arn" {
  description = "Where RDS keeps its administrator's password; make the services' roles with it."
  value       = module.data.database_administrator_secret_arn
}

output "cache_address" {
  description = "Host of VALKEY_URL, as rediss."
  value       = module.data.cache_address
}
