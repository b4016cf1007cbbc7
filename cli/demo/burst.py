"""Many events at once: what a matrix of jobs and a busy afternoon send."""

from cli.demo import timeline
from cli.demo.scenario import Fact, Scenario, Story

SHARES = {
    ("workflow_job", "completed"): 0.4,
    ("check_suite", "completed"): 0.3,
    ("pull_request", "closed"): 0.2,
    ("deployment", "created"): 0.1,
}
"""Of each event and action; pull requests are merged ones."""


def burst(seed: int = 1, count: int = 200) -> Story:
    """So many facts, each once and in no order, out of a story that is long enough."""
    weeks = 6
    while True:
        scene = timeline.happened(seed, weeks)
        chosen = [each for key, share in SHARES.items() for each in _facts(scene, *key)[: round(share * count)]]
        if len(chosen) == sum(round(share * count) for share in SHARES.values()):
            told = scene.story(chosen)
            return told._replace(deliveries=sorted(told.deliveries, key=lambda each: each.delivery_id))
        weeks *= 2


def _facts(scene: Scenario, event: str, action: str) -> list[Fact]:
    found = [
        each for each in scene.facts if (each.delivery.event, each.delivery.payload.get("action")) == (event, action)
    ]
    return [each for each in found if event != "pull_request" or each.delivery.payload[event]["merged"]]
