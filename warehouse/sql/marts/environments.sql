-- environments: the environments of the repositories whose deployments are statuses.
SELECT DISTINCT c.name AS repository, e.environment AS name, e.is_production, e.reason
FROM environments AS e
JOIN catalog AS c ON c.host = e.host AND c.repository_key = e.repository_key
WHERE c.deployments = 'statuses'
