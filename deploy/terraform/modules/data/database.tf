# One server with a database, a role and an owner for each of the five services that have one.
resource "aws_db_subnet_group" "this" {
  name       = var.name
  subnet_ids = var.subnet_ids
}

resource "aws_db_parameter_group" "this" {
  name_prefix = "${var.name}-"
  family      = "postgres17"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  parameter {
    name  = "log_min_duration_statement"
    value = "1000"
  }

  # Statements that are logged for being slow are logged without what listeners wrote.
  parameter {
    name  = "log_parameter_max_length"
    value = "0"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "this" {
  identifier                   = var.name
  engine                       = "postgres"
  engine_version               = "17"
  instance_class               = var.database_instance_class
  storage_type                 = "gp3"
  allocated_storage            = 50
  max_allocated_storage        = 500
  storage_encrypted            = true
  multi_az                     = var.production
  publicly_accessible          = false
  db_subnet_group_name         = aws_db_subnet_group.this.name
  vpc_security_group_ids       = [aws_security_group.this["database"].id]
  parameter_group_name         = aws_db_parameter_group.this.name
  username                     = "administrator"
  manage_master_user_password  = true
  backup_retention_period      = var.production ? 14 : 3
  backup_window                = "07:00-08:00"
  maintenance_window           = "tue:09:00-tue:10:00"
  auto_minor_version_upgrade   = true
  copy_tags_to_snapshot        = true
  deletion_protection          = var.production
  skip_final_snapshot          = !var.production
  final_snapshot_identifier    = "${var.name}-final"
  performance_insights_enabled = true
}
