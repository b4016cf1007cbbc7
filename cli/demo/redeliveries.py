"""What happens between GitHub and whoever listens: copies, and any order."""

from cli.demo.scenario import Scenario, Story

_LATE = 10 * 60_000
"""Milliseconds by which a delivery may be late."""


def shuffle_and_duplicate(story: Story, scenario: Scenario) -> Story:
    """One in twenty is sent again, one in fifty under another id, and all are somewhat late."""
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
