-- delivered_services: the services that have deployments, by repository.
SELECT DISTINCT host, repository_key, service FROM service_environments
