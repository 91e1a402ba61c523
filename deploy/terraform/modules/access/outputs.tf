output "role_arns" {
  value = { for service, role in aws_iam_role.service : service => role.arn }
}

output "secret_names" {
  value = [for secret in aws_secretsmanager_secret.this : secret.name]
}
