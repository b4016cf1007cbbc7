-- service_environments: the service and the environment that each value of environment in the models stands for. If
-- services.toml splits a repository, `production of api` is the environment production (name) of the service api.
-- has_paths: the service has only the changes of its paths. has_code: its code is in other repositories (GitOps).
-- whole_environment: what stands for all environments of the service together.
SELECT DISTINCT
  host, repository_key, environment, service, name, has_paths, has_code,
  CASE WHEN environment = name THEN '' ELSE ' of ' || service END AS whole_environment
FROM part_attempts WHERE NOT is_excluded
