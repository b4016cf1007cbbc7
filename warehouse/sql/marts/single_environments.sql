-- single_environments: the repositories in one environment of a service with several: a number of all would repeat that of the one.
SELECT w.service, c.name AS repository
FROM whole_deployments AS w
JOIN catalog AS c ON c.host = w.host AND c.repository_key = w.repository_key
GROUP BY w.service, c.name
HAVING COUNT(DISTINCT w.environment) = 1
