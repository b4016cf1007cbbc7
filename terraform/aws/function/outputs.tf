output "arn" {
  description = "Of the function."
  value       = aws_lambda_function.this.arn
}

output "invoke_arn" {
  description = "By which API Gateway calls it."
  value       = aws_lambda_function.this.invoke_arn
}

output "name" {
  description = "Of the function."
  value       = aws_lambda_function.this.function_name
}

output "statements" {
  description = "All that its role allows."
  value       = local.statements
}
