output "built_by" {
  description = "The account that builds it."
  value       = google_cloudfunctions2_function.this.build_config[0].service_account
}

output "built_from" {
  description = "The archive, and what is called in it."
  value       = merge(var.archive, { entry_point = google_cloudfunctions2_function.this.build_config[0].entry_point })
}

output "callers" {
  description = "Who may call it."
  value       = [for each in google_cloud_run_v2_service_iam_member.call : "${each.role} ${each.member}"]
}

output "email" {
  description = "Of its account."
  value       = google_service_account.this.email
}

output "environment" {
  description = "Its environment variables."
  value       = google_cloudfunctions2_function.this.service_config[0].environment_variables
}

output "grants" {
  description = "All that its account may do: role, thing, and condition where there is one."
  value = concat(
    [for each in google_secret_manager_secret_iam_member.read : "${each.role} ${each.secret_id}"],
    [for each in google_pubsub_topic_iam_member.publish : "${each.role} ${each.topic}"],
    [for each in google_pubsub_subscription_iam_member.work : "${each.role} ${each.subscription}"],
    [for each in google_storage_bucket_iam_member.store : join(" if ", concat(["${each.role} ${each.bucket}"], each.condition[*].expression))],
  )
}

output "name" {
  description = "Of the function."
  value       = google_cloudfunctions2_function.this.name
}

output "service" {
  description = "How it runs: memory, CPU, seconds, instances, requests at once."
  value       = one(google_cloudfunctions2_function.this.service_config)
}

output "uri" {
  description = "Where it answers."
  value       = google_cloudfunctions2_function.this.service_config[0].uri
}
