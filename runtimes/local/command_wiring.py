"""The composition root of the commands that run beside a folder's server: they use the queue that it recorded."""

from core.github.pacing import RequestPace
from core.ports import Queue
from core.secrets_cache import required_secrets
from core.services import JobServices, unlimited
from core.settings import Settings
from runtimes.aws.sqs_queue import SqsQueue
from runtimes.local import queue_choice, sqlite_wiring, state_folder, wiring
from runtimes.local.lazy_queue import LazyQueue
from runtimes.local.queue_choice import QueueChoice
from runtimes.local.sqlite_queue import SqliteQueue


def webhook_secret(settings: Settings) -> str:
    """Return this folder's newest webhook secret; raises EmulatorError, SecretMissing, Unavailable, or ForeignQueue."""
    if queue_choice.recorded() == QueueChoice.SQLITE:
        return required_secrets(sqlite_wiring.webhook_secret(settings))[0]
    from runtimes.local.emulator import queue_owner  # noqa: PLC0415 (of the extra `local`)

    clients = wiring.clients(wiring.endpoint(settings))
    queue_owner.check(clients.sqs, wiring.queue_name(settings), state_folder.owner_id())
    return wiring.webhook_secret(clients.ssm, settings)


def job_services(settings: Settings, pace: RequestPace | None = None) -> JobServices:
    """Return the services of a job that is run manually: it has no time limit, since the user can stop it.

    With a `pace` its reads of GitHub wait for it.
    """
    worker = wiring.build_local_worker(LazyQueue(lambda: _queue(settings), SqsQueue.limit), settings)
    return JobServices(worker, wiring.source_reader(settings, pace), unlimited)


def _queue(settings: Settings) -> Queue:
    if queue_choice.recorded() == QueueChoice.SQLITE:
        return SqliteQueue(sqlite_wiring.open_existing_file(settings))
    sqs = wiring.clients(wiring.endpoint(settings), wiring.WEBHOOK_TIMEOUTS).sqs
    return SqsQueue(sqs, *wiring.make_queues(sqs, settings, state_folder.owner_id()))
