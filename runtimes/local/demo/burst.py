"""Many events at once: what a matrix of jobs and a busy afternoon send."""

from runtimes.local.demo import story
from runtimes.local.demo.scene import Delivery, Story

SHARES = {
    ("workflow_job", "completed"): 0.4,
    ("check_suite", "completed"): 0.3,
    ("pull_request", "closed"): 0.2,
    ("deployment", "created"): 0.1,
}
"""Of each event and action; pull requests are merged ones."""


def burst(seed: int = 1, count: int = 200) -> Story:
    """So many facts, each once, out of a story that is long enough; `expected` stays the whole story's."""
    weeks = 6
    while True:
        told = story.tell(seed, weeks)
        chosen = [each for key, share in SHARES.items() for each in _facts(told, *key)[: round(share * count)]]
        if len(chosen) == sum(round(share * count) for share in SHARES.values()):
            return told._replace(deliveries=sorted(chosen, key=lambda each: each.delivery_id))
        weeks *= 2


def _facts(told: Story, event: str, action: str) -> list[Delivery]:
    """Each fact once."""
    found = [each for each in told.deliveries if (each.event, each.payload.get("action")) == (event, action)]
    facts = {
        each.payload[event]["id"]: each for each in found if event != "pull_request" or each.payload[event]["merged"]
    }
    return list(facts.values())
