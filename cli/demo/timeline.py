"""Generates six weeks of activity of four repositories and seven people; one of them has only incidents."""

from collections.abc import Iterator

from cli.demo import main_branch, pull_requests, redeliveries
from cli.demo.incidents import Incident, tracker
from cli.demo.main_branch import Landing
from cli.demo.parts import PARTS
from cli.demo.payloads import API, around
from cli.demo.releases import Releases
from cli.demo.scenario import DAY, ORGANIZATION, Scenario, Story, is_workday
from core.payload import Json, day_of
from fakes.github.serializers import iso
from fakes.github.state import Repository

END = 1_795_194_000_000
"""End of the story in UNIX ms: 2026-11-20T17:00:00Z, a Friday."""
_MORNING, _EVENING = 8 * 60, 16 * 60
_DEPENDS_ON_OTHERS = "octo-org/payments"
"""Has an incident on a Sunday that no deployment caused, and that names no service."""
_A_DAY = (0, 0, 1, 1, 1)
"""Numbers of pull requests of a repository per day."""


def generate(seed: int = 1, weeks: int = 6, end: int = END) -> Story:
    """Generate the deliveries, with duplicates and out-of-order deliveries."""
    scenario = simulate(seed, weeks, end)
    return redeliveries.shuffle_and_duplicate(
        scenario.story(fact for fact in scenario.facts if fact.delivery.sent_at <= end), scenario
    )


def simulate(seed: int, weeks: int, end: int = END) -> Scenario:
    """Generate all events; work of the last days may finish after `end`."""
    scenario = Scenario(seed)
    begins = (end // DAY + 1 - weeks * 7) * DAY
    _ping(scenario, begins)
    for repository in scenario.repositories:
        merged = list(_landings(scenario, repository, begins, weeks * 7))
        landings: list[Landing] = []
        for part in PARTS[repository.full_name]:
            own = [landing for landing in merged if landing.part == part.workflow]
            releases = Releases(scenario, repository, part, own)
            releases.run()
            landings += releases.landings
        main_branch.lay(repository, landings, begins)
        main_branch.tag(repository, scenario.tags[repository.full_name])
    return scenario


def _landings(scenario: Scenario, repository: Repository, begins: int, days: int) -> Iterator[Landing]:
    """Yield merged pull requests, unordered; the first are on the first workday, so that every part has one."""
    parts, urgent = PARTS[repository.full_name], pull_requests.Urgent("Deploy what is merged")
    opened = [pull_requests.live(scenario, repository, part, scenario.at_work(begins), urgent) for part in parts]
    for day in range(days):
        at = begins + day * DAY
        _survey(scenario, repository, at)
        if day % 7 == 6:
            _tag(scenario, repository, day // 7, at)
        if day == 15 and repository.full_name == _DEPENDS_ON_OTHERS:
            central = tracker(scenario, repository, service="")
            Incident(scenario, central, at + scenario.minutes(60, 600)).close(at + scenario.minutes(700, 900))
        count = scenario.random.choice(_A_DAY) if is_workday(at) else 0
        opened += [
            pull_requests.live(
                scenario, repository, scenario.random.choice(parts), at + scenario.minutes(_MORNING, _EVENING)
            )
            for _ in range(count)
        ]
    yield from (landing for landing in opened if landing is not None)


def _survey(scenario: Scenario, repository: Repository, at: int) -> None:
    name = repository.full_name.partition("/")[2]
    payload = {"owner": ORGANIZATION, "repo": name, "day": day_of(at)}
    scenario.send("tooling-usage", payload, at + 60_000, "tooling-usage", source="deven")


def _tag(scenario: Scenario, repository: Repository, week: int, at: int) -> None:
    """Create a release tag and a candidate, and a nightly tag and a branch, which are not releases."""
    for ref, kind, is_version in (
        (f"1.{week}.0-rc.1", "tag", True),
        (f"v1.{week}.0", "tag", True),
        (f"nightly-{day_of(at)}", "tag", False),
        (f"release-{week}", "branch", False),
    ):
        fields: Json = {
            "ref": ref,
            "ref_type": kind,
            "master_branch": "main",
            "description": None,
            "pusher_type": "user",
        }
        created_at, metrics = at + scenario.minutes(_MORNING, _EVENING), ("release-versions",) if is_version else ()
        if kind == "tag":
            scenario.tags[repository.full_name][ref] = created_at
        scenario.send("create", fields | around(repository, scenario.person()), created_at, *metrics)


def _ping(scenario: Scenario, at: int) -> None:
    url, id = f"{API}/repos/{scenario.repositories[0].full_name}/hooks/1", 292_430_182
    links = {"url": url, "test_url": f"{url}/test", "ping_url": f"{url}/pings", "deliveries_url": f"{url}/deliveries"}
    config = {"content_type": "json", "insecure_ssl": "0", "url": "https://telemetry.octo.example/telemetry"}
    webhook = {
        "type": "Repository",
        "id": id,
        "name": "web",
        "active": True,
        "events": ["*"],
        "config": config,
        **links,
    }
    webhook |= {
        "created_at": iso(at),
        "updated_at": iso(at),
        "last_response": {"code": None, "status": "unused", "message": None},
    }
    scenario.send(
        "ping",
        {"zen": "Design for failure.", "hook_id": id, "hook": webhook} | around(scenario.repositories[0], "ada"),
        at,
    )
