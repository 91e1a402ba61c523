output "broker_endpoints" {
  value = flatten([for instance in aws_mq_broker.this.instances : instance.endpoints])
}

output "database_address" {
  value = aws_db_instance.this.address
}

output "database_administrator_secret_arn" {
  value = one(aws_db_instance.this.master_user_secret[*].secret_arn)
}

output "cache_address" {
  value = aws_elasticache_replication_group.this.primary_endpoint_address
}
