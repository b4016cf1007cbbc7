"""Six weeks of three repositories and seven people."""

from core.payload import Json, day_of
from runtimes.local.demo import mess, pulls
from runtimes.local.demo.deployments import Environments
from runtimes.local.demo.payloads import API, around
from runtimes.local.demo.scene import ORGANIZATION, Scene, Story
from runtimes.local.fake_github.objects import iso
from runtimes.local.fake_github.world import Repository

END = 1_795_132_800_000
"""UNIX ms at which the story ends: 2026-11-20T00:00:00Z."""
_DAY = 86_400_000
_MORNING, _EVENING = 8 * 60, 16 * 60


def tell(seed: int = 1, weeks: int = 6, end: int = END) -> Story:
    """The whole story, with all that goes wrong between GitHub and whoever listens."""
    scene = Scene(seed)
    begins = end - weeks * 7 * _DAY
    _ping(scene, begins)
    running = {repository.id: Environments(scene, repository) for repository in scene.repositories}
    for day in range(weeks * 7):
        at = begins + day * _DAY
        for repository in scene.repositories:
            _survey(scene, repository, at)
            if _is_workday(at):
                _work(scene, repository, running[repository.id], at)
            if day % 7 == 6:
                _tag(scene, repository, day // 7, at)
    return mess.made(scene.story(), scene)


def _is_workday(at: int) -> bool:
    return (at // _DAY + 3) % 7 < 5  # 1970 began on a Thursday


def _work(scene: Scene, repository: Repository, running: Environments, at: int) -> None:
    for _ in range(scene.random.choice((0, 0, 1, 1, 2))):
        merged = pulls.live(scene, repository, at + scene.minutes(_MORNING, _EVENING))
        if merged is not None and scene.chance(0.7):
            running.release(merged.sha, merged.at + scene.minutes(1, 10))


def _survey(scene: Scene, repository: Repository, at: int) -> None:
    name = repository.full_name.partition("/")[2]
    scene.send("tooling-usage", {"owner": ORGANIZATION, "repo": name, "day": day_of(at)}, at + 60_000, "deven")
    scene.expected["tooling-usage"] += 1


def _tag(scene: Scene, repository: Repository, week: int, at: int) -> None:
    """A release and its candidate; a nightly build and a branch, which are no releases."""
    for ref, kind, is_version in (
        (f"v1.{week}.0-rc.1", "tag", True),
        (f"v1.{week}.0", "tag", True),
        (f"nightly-{day_of(at)}", "tag", False),
        (f"release-{week}", "branch", False),
    ):
        told: Json = {"ref": ref, "ref_type": kind, "master_branch": "main", "description": None, "pusher_type": "user"}
        scene.send("create", told | around(repository, scene.person()), at + scene.minutes(_MORNING, _EVENING))
        scene.expected["release-versions"] += is_version


def _ping(scene: Scene, at: int) -> None:
    url, id = f"{API}/repos/{scene.repositories[0].full_name}/hooks/1", 292_430_182
    links = {"url": url, "test_url": f"{url}/test", "ping_url": f"{url}/pings", "deliveries_url": f"{url}/deliveries"}
    config = {"content_type": "json", "insecure_ssl": "0", "url": "https://telemetry.octo.example/telemetry"}
    hook = {"type": "Repository", "id": id, "name": "web", "active": True, "events": ["*"], "config": config, **links}
    hook |= {
        "created_at": iso(at),
        "updated_at": iso(at),
        "last_response": {"code": None, "status": "unused", "message": None},
    }
    scene.send(
        "ping", {"zen": "Design for failure.", "hook_id": id, "hook": hook} | around(scene.repositories[0], "ada"), at
    )
