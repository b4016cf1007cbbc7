"""Somebody who is signed in at the fake of Google, as GitHub Actions would be: by workload identity federation.

https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines
"""

import json
from pathlib import Path

from fakes.google.server import FakeGoogle


def sign_in(google: FakeGoogle, folder: Path) -> dict[str, str]:
    """The environment that Google's clients and Terraform find it in."""
    token, credentials = folder / "token-of-github", folder / "credentials.json"
    token.write_text("e30.e30.e30")
    configuration = {
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/github/providers/github",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": f"{google.environment['CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER']}v1/token",
        "credential_source": {"file": str(token)},
    }
    credentials.write_text(json.dumps(configuration))
    return {**google.environment, "GOOGLE_APPLICATION_CREDENTIALS": str(credentials)}
