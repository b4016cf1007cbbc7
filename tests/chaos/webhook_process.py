"""Run the webhook as a process: `webhook_process.py ENVIRONMENT PORT OFFSET`. Queues through AWS_ENDPOINT_URL; may be killed."""

import sys

from core.clock import now
from core.log import Log
from runtimes.local import server, wiring
from runtimes.local.health import Health
from tests.builders import SECRET, settings


def main(environment: str, port: int, offset: int) -> None:
    """Serve until killed; OFFSET is in milliseconds from now."""
    config = settings(environment_id=environment, port=port, github_webhook_secret=SECRET)
    clients = wiring.clients(wiring.emulator(config).endpoint, wiring.WEBHOOK_TIMEOUTS)
    health = Health()
    app = server.App(health)
    queues = wiring.make_queues(clients.sqs, config)
    app.open(
        wiring.webhook_services(clients, queues, config, health, Log("error"))._replace(now=lambda: now() + offset)
    )
    server.listen(app, config).run()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
