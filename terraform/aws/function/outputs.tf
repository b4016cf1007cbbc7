output "arn" {
  description = "Of the function."
  value       = aws_lambda_function.this.arn
}

output "environment" {
  description = "Its environment variables."
  value       = aws_lambda_function.this.environment[0].variables
}

output "invoke_arn" {
  description = "By which API Gateway calls it."
  value       = aws_lambda_function.this.invoke_arn
}

output "name" {
  description = "Of the function."
  value       = aws_lambda_function.this.function_name
}

output "policies" {
  description = "All that its role allows: the text of each policy, by name."
  value       = { for name, each in aws_iam_role_policy.this : name => each.policy }
}

output "role" {
  description = "Path and permissions boundary of its role."
  value       = { path = aws_iam_role.this.path, permissions_boundary = aws_iam_role.this.permissions_boundary }
}

output "timeout" {
  description = "Seconds."
  value       = aws_lambda_function.this.timeout
}
