"""What happens between GitHub and whoever listens: copies, and any order."""

from cli.demo.scenario import Scenario, Story

_LATE = 10 * 60_000
"""Milliseconds by which a delivery may be late."""


def shuffle_and_duplicate(story: Story, scene: Scenario) -> Story:
    """One in twenty is sent again, one in fifty under another id, and all are somewhat late."""
    sent = list(story.deliveries)
    for each in story.deliveries:
        if scene.chance(0.05):
            sent.append(each._replace(sent_at=each.sent_at + scene.minutes(1, 600)))
        if scene.chance(0.02):
            sent.append(each._replace(sent_at=each.sent_at + scene.minutes(1, 600), delivery_id=scene.guid()))
    late = sorted(sent, key=lambda each: each.sent_at + scene.random.randrange(_LATE))
    return story._replace(deliveries=late)
