-- whole_runs: the workflows whose attempts all jobs decide together.
SELECT DISTINCT c.name AS repository, d.workflow_name AS workflow
FROM deploying_jobs AS d
JOIN catalog AS c ON c.host = d.host AND c.repository_key = d.repository_key
WHERE d.is_whole
