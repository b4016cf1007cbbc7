"""The HTTP of `telemetry serve` without its worker, for benchmarks/webhook.py: prints its port, ends with its input."""

import os
import sys
import threading

from core.log import Log
from core.settings import load
from runtimes.local import server, wiring
from runtimes.local.health import Health


def main() -> None:
    """Serve the emulated webhook that the environment names; see benchmarks/emulated.py."""
    settings = load(port=0)
    health = Health()
    clients = wiring.clients(os.environ["AWS_ENDPOINT_URL"], wiring.WEBHOOK_TIMEOUTS)
    queues = wiring.Queues(os.environ["QUEUE_URL"], os.environ["QUEUE_URL"])
    app = server.App(health)
    app.open(wiring.webhook_services(clients, queues, settings, health, Log("error")))
    listening = server.listen(app, settings)
    threading.Thread(target=listening.run, daemon=True).start()
    print(listening.effective_port, flush=True)  # noqa: T201 (whoever started us reads it)
    sys.stdin.read()


if __name__ == "__main__":
    main()
