"""Adds duplicates to the deliveries and changes their order."""

from cli.demo.scenario import Scenario, Story

_LATE = 10 * 60_000
"""Maximum delay of a delivery in ms."""


def shuffle_and_duplicate(story: Story, scenario: Scenario) -> Story:
    """Redeliver one in twenty, send one in fifty again with another ID, and delay all deliveries randomly."""
    deliveries = list(story.deliveries)
    for delivery in story.deliveries:
        if scenario.chance(0.05):
            deliveries.append(delivery._replace(sent_at=delivery.sent_at + scenario.minutes(1, 600)))
        if scenario.chance(0.02):
            deliveries.append(
                delivery._replace(sent_at=delivery.sent_at + scenario.minutes(1, 600), delivery_id=scenario.guid())
            )
    ordered = sorted(deliveries, key=lambda delivery: delivery.sent_at + scenario.random.randrange(_LATE))
    return story._replace(deliveries=ordered)
