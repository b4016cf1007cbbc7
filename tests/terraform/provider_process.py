"""Runs one provider process for several Terraform commands, which otherwise start one for every `run` block, twice.

Only for commands that configure no provider, such as `terraform validate`, and `terraform test` with a mocked provider: a process has one
configuration. https://developer.hashicorp.com/terraform/plugin/debugging describes TF_REATTACH_PROVIDERS.
"""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.environment import GO_PROGRAMS, PATIENCE

_COOKIE = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"
"""Of Terraform's handshake: https://github.com/hashicorp/terraform/blob/main/internal/plugin/serve.go."""


@contextmanager
def provider_process(data: Path, name: str, environment: Mapping[str, str] | None = None) -> Iterator[dict[str, str]]:
    """Yield the variable that makes Terraform use a running provider; `data` is the TF_DATA_DIR of an initialized folder."""
    [binary] = data.glob(f"providers/*/hashicorp/{name}/*/*/terraform-provider-{name}_*")
    host = binary.parents[4].name
    process = subprocess.Popen(
        [binary],
        env={
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            **GO_PROGRAMS,
            **(environment or {}),
            "TF_PLUGIN_MAGIC_COOKIE": _COOKIE,
            "PLUGIN_PROTOCOL_VERSIONS": "5,6",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        # CORE|PROTOCOL VERSION|NETWORK|ADDRESS|PROTOCOL|…: https://github.com/hashicorp/go-plugin/blob/main/docs/internals.md
        _, version, network, address, protocol, *_ = process.stdout.readline().strip().split("|")
        reattach = {
            "Protocol": protocol,
            "ProtocolVersion": int(version),
            "Pid": process.pid,
            "Test": True,  # Terraform does not end the process
            "Addr": {"Network": network, "String": address},
        }
        yield {"TF_REATTACH_PROVIDERS": json.dumps({f"{host}/hashicorp/{name}": reattach})}
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE)
