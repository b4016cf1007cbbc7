-- deployed_code: each repository with the code (code_key) that another one deploys (deploying_key), as `code` in
-- services.toml says (GitOps).
SELECT DISTINCT host, code_key, repository_key AS deploying_key FROM code_repositories
WHERE code_key <> '' AND code_key <> repository_key
