# Containers only: one JSON object a service, and one with the owner's URL for its migrations. Values
# are put in by hand or by a pipeline, so that none is in this state.
locals {
  services = ["gateway", "auth", "session", "tts", "stitching", "entitlement"]
  owners   = [for service in local.services : "${service}-owner" if service != "gateway"]
}

resource "aws_secretsmanager_secret" "this" {
  for_each = toset(concat(local.services, local.owners))

  name                    = "affirmation-beats/${var.environment}/${each.key}"
  recovery_window_in_days = 7
}

# For External Secrets, which copies them into the namespace.
data "aws_iam_policy_document" "secrets" {
  statement {
    actions   = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
    resources = [for secret in aws_secretsmanager_secret.this : secret.arn]
  }
}

resource "aws_iam_role" "secrets" {
  name               = "${var.name}-secrets"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "secrets" {
  name   = "secrets"
  role   = aws_iam_role.secrets.id
  policy = data.aws_iam_policy_document.secrets.json
}

resource "aws_eks_pod_identity_association" "secrets" {
  cluster_name    = var.cluster_name
  namespace       = "external-secrets"
  service_account = "external-secrets"
  role_arn        = aws_iam_role.secrets.arn
}
