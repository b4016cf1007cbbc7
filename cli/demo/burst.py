"""Generates a burst of events, as a job matrix and a busy afternoon send them."""

from cli.demo import timeline
from cli.demo.scenario import Fact, Scenario, Story

SHARES = {
    ("workflow_job", "completed"): 0.4,
    ("check_suite", "completed"): 0.3,
    ("pull_request", "closed"): 0.2,
    ("deployment", "created"): 0.1,
}
"""Share of each event and action; pull requests are merged ones."""


def burst(seed: int = 1, count: int = 200) -> Story:
    """Generate `count` facts, each once and in random order."""
    weeks = 6
    while True:
        scenario = timeline.simulate(seed, weeks)
        chosen = [fact for key, share in SHARES.items() for fact in _facts(scenario, *key)[: round(share * count)]]
        if len(chosen) == sum(round(share * count) for share in SHARES.values()):
            story = scenario.story(chosen)
            return story._replace(deliveries=sorted(story.deliveries, key=lambda delivery: delivery.delivery_id))
        weeks *= 2


def _facts(scenario: Scenario, event: str, action: str) -> list[Fact]:
    facts = [
        fact for fact in scenario.facts if (fact.delivery.event, fact.delivery.payload.get("action")) == (event, action)
    ]
    return [fact for fact in facts if event != "pull_request" or fact.delivery.payload[event]["merged"]]
