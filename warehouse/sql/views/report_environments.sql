-- report_environments: the service and the environment that each value of environment in the measures stands for: as in
-- service_environments, and one with an empty name for all environments of a service together.
SELECT host, repository_key, environment, service, name FROM service_environments
UNION ALL
SELECT DISTINCT host, repository_key, whole_environment AS environment, service, '' AS name FROM service_environments
