"""AWS: API Gateway's HTTP API (payload format 2.0), Lambda, SQS, SSM."""
