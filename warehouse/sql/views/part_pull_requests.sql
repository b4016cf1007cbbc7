-- part_pull_requests: each pull request with each service whose paths in services.toml may match its files. is_of_part: null
-- if that is not known, because a glob goes deeper than the folders of the record, or because the list of these is cut.
WITH part_services AS (
  SELECT DISTINCT host, repository_key, service FROM part_paths
),
matches AS (
  SELECT
    d.host, d.identity, p.service, MAX(CASE WHEN p.is_matched THEN 1 ELSE 0 END) AS is_matched,
    MAX(CASE WHEN p.is_matched IS NULL THEN 1 ELSE 0 END) AS may_match
  FROM documentation_updated AS d
  CROSS JOIN UNNEST(d.paths.names) AS listed(folder)
  JOIN part_paths AS p ON p.host = d.host AND p.repository_key = d.repository_key AND p.name = listed.folder
  GROUP BY d.host, d.identity, p.service
)
SELECT
  d.host, d.repository_key, d.identity, s.service,
  CASE
    WHEN m.is_matched = 1 THEN TRUE
    WHEN m.may_match = 1 OR d.paths.cut THEN NULL
    ELSE FALSE
  END AS is_of_part
FROM documentation_updated AS d
JOIN part_services AS s ON s.host = d.host AND s.repository_key = d.repository_key
LEFT JOIN matches AS m ON m.host = d.host AND m.identity = d.identity AND m.service = s.service
WHERE d.paths IS NOT NULL
