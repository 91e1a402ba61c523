# What each service may do in which bucket, prefix by prefix: the same as on a developer's machine.
# session and entitlement have no sound and so no role.
locals {
  rights = {
    gateway = {
      media = { read = ["*"], write = [] }
    }
    auth = {
      media = { read = ["tracks/*", "mixdowns/*", "exports/*"], write = ["exports/*"] }
    }
    tts = {
      speech = { read = ["*"], write = ["*"] }
    }
    stitching = {
      speech = { read = ["*"], write = [] }
      reads  = { read = ["*"], write = ["*"] }
      media  = { read = ["*"], write = ["*"] }
    }
  }

  reading = ["s3:GetObject", "s3:GetObjectTagging"]
  writing = ["s3:PutObject", "s3:PutObjectTagging", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]

    principals {
      type        = "Service"
      identifiers = ["pods.eks.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "service" {
  for_each = local.rights

  dynamic "statement" {
    for_each = each.value

    content {
      actions   = local.reading
      resources = [for prefix in statement.value.read : "${var.bucket_arns[statement.key]}/${prefix}"]
    }
  }

  dynamic "statement" {
    for_each = { for bucket, right in each.value : bucket => right if length(right.write) > 0 }

    content {
      actions   = local.writing
      resources = [for prefix in statement.value.write : "${var.bucket_arns[statement.key]}/${prefix}"]
    }
  }

  # Without it S3 answers "forbidden" for what is not there, and a bucket cannot be asked whether it
  # is reachable. Keys are content addresses: a list of them says nothing.
  statement {
    actions   = ["s3:ListBucket"]
    resources = [for bucket in keys(each.value) : var.bucket_arns[bucket]]
  }
}

resource "aws_iam_role" "service" {
  for_each = local.rights

  name               = "${var.name}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "service" {
  for_each = local.rights

  name   = "buckets"
  role   = aws_iam_role.service[each.key].id
  policy = data.aws_iam_policy_document.service[each.key].json
}

resource "aws_eks_pod_identity_association" "service" {
  for_each = local.rights

  cluster_name    = var.cluster_name
  namespace       = var.name
  service_account = each.key
  role_arn        = aws_iam_role.service[each.key].arn
}
