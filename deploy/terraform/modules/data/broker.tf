# Three brokers in three zones in production, for quorum queues. RabbitMQ 4.2 and later show their
# figures to Prometheus. Its users, permissions, queues and bindings are imported from
# deploy/rabbitmq/definitions.json.
resource "aws_mq_broker" "this" {
  broker_name                = var.name
  engine_type                = "RabbitMQ"
  engine_version             = "4.2"
  host_instance_type         = var.broker_instance_type
  deployment_mode            = var.production ? "CLUSTER_MULTI_AZ" : "SINGLE_INSTANCE"
  auto_minor_version_upgrade = true
  publicly_accessible        = false
  subnet_ids                 = var.production ? var.subnet_ids : [var.subnet_ids[0]]
  security_groups            = [aws_security_group.this["broker"].id]

  user {
    username = "administrator"
    password = var.broker_administrator_password
  }

  encryption_options {
    use_aws_owned_key = true
  }

  logs {
    general = true
  }

  maintenance_window_start_time {
    day_of_week = "TUESDAY"
    time_of_day = "09:00"
    time_zone   = "UTC"
  }
}
