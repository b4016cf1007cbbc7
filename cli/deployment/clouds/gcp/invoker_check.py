"""Switches the invoker IAM check of the webhook's Cloud Run service, for organizations that forbid `allUsers`.

google_cloudfunctions2_function has no such field, and an update of the function may reset it: it is set and checked after each apply.
From the documentation, not run: https://cloud.google.com/run/docs/authenticating/public
"""

from collections.abc import Iterator

from cli.deployment.cloud import TargetError
from cli.deployment.clouds.gcp.rest_client import GoogleRefused, GoogleRest


def set_invoker_check(rest: GoogleRest, service: str, *, checked: bool) -> Iterator[str]:
    """Make a service check its callers, or not; yield what was changed. `service` is a full name. Raises TargetError."""
    try:
        if _is_checked(rest, service) is not checked:
            # Without an empty name the service keeps the name of its revision, which Cloud Run refuses for a changed service.
            body = {"name": service, "invokerIamDisabled": not checked, "template": {"revision": ""}}
            mask = "invokerIamDisabled,template.revision"
            rest.finish("run", "/v2", rest.patch("run", f"/v2/{service}", body, updateMask=mask))
            if _is_checked(rest, service) is not checked:
                raise TargetError(f"{service} does not keep its invoker IAM check {'on' if checked else 'off'}")
            yield f"the invoker IAM check of {service} is {'on' if checked else 'off'} now"
    except GoogleRefused as refused:
        flag = "--invoker-iam-check" if checked else "--no-invoker-iam-check"
        name, region = service.rsplit("/", maxsplit=1)[-1], service.split("/")[3]
        raise TargetError(
            f"the invoker IAM check of {service} cannot be switched {'on' if checked else 'off'} ({refused}): "
            f"`gcloud run services update {name} --region {region} {flag}`"
        ) from None


def _is_checked(rest: GoogleRest, service: str) -> bool:
    return not rest.get("run", f"/v2/{service}").get("invokerIamDisabled", False)
