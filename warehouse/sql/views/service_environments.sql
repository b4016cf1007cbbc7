-- service_environments: the service and the environment that each value of environment in the models stands for. If
-- services.toml splits a repository, `production of api` is the environment production (name) of the service api.
-- has_paths: the service has only the changes of its paths.
SELECT DISTINCT host, repository_key, environment, service, name, has_paths FROM part_attempts WHERE NOT is_excluded
