output "bucket_names" {
  value = { for key, bucket in aws_s3_bucket.this : key => bucket.bucket }
}

output "bucket_arns" {
  value = { for key, bucket in aws_s3_bucket.this : key => bucket.arn }
}

output "distribution_domain" {
  value = aws_cloudfront_distribution.media.domain_name
}

output "signing_key_ids" {
  value = { for name, key in aws_cloudfront_public_key.this : name => key.id }
}
