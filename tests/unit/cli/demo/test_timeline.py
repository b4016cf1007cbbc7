import json
from collections import Counter
from functools import cache
from itertools import pairwise

import pytest

from cli.demo import burst, timeline
from cli.demo.expected_outputs import is_modelled
from cli.demo.scenario import HUGE, Story
from core.metrics import all_metrics


@cache
def story() -> Story:
    """Return the story of six weeks, which takes half a second to generate."""
    return timeline.generate()


def test_the_same_seed_generates_the_same_deliveries() -> None:
    again, other = timeline.generate(), timeline.generate(2)
    assert json.dumps(again.deliveries) == json.dumps(story().deliveries)
    assert json.dumps(other.deliveries) != json.dumps(story().deliveries)


def test_the_deliveries_include_every_kind_of_irregularity() -> None:
    jobs = [delivery.payload["workflow_job"] for delivery in story().deliveries if delivery.event == "workflow_job"]
    suites = [delivery.payload["check_suite"] for delivery in story().deliveries if delivery.event == "check_suite"]
    pulls = [delivery.payload["pull_request"] for delivery in story().deliveries if delivery.event == "pull_request"]
    states = Counter(
        delivery.payload["deployment_status"]["state"]
        for delivery in story().deliveries
        if delivery.event == "deployment_status"
    )
    kinds = {(delivery.event, delivery.payload.get("action")) for delivery in story().deliveries}
    assert {("push", None), ("pull_request", "synchronize"), ("workflow_job", "queued"), ("issues", "labeled")} <= kinds
    assert any("created_at" not in job for job in jobs)
    assert any(job["workflow_name"] is None for job in jobs)
    assert any(job["steps"] is None for job in jobs)
    assert any(job["completed_at"] and job["completed_at"] < job["started_at"] for job in jobs)
    assert any(job["id"] > HUGE for job in jobs)
    assert {"success", "failure", "cancelled", "skipped"} <= {job["conclusion"] for job in jobs}
    assert any(suite["head_branch"] is None and not suite["pull_requests"] for suite in suites)
    assert any(suite["conclusion"] is None for suite in suites)
    assert any(pull["user"] is None for pull in pulls)
    assert any(not pull["title"].isascii() for pull in pulls)
    assert states["failure"] >= 3
    assert states["success"] > states["failure"]


def test_deliveries_are_copied_and_out_of_order() -> None:
    ids = Counter(delivery.delivery_id for delivery in story().deliveries)
    times = [delivery.sent_at for delivery in story().deliveries]
    assert 0.02 < sum(count > 1 for count in ids.values()) / len(ids) < 0.1
    assert times != sorted(times)
    assert 2000 < len(story().deliveries) < 4000


def test_nothing_happens_after_the_end_and_most_of_it_in_office_hours() -> None:
    scenario = timeline.simulate(1, 6)
    times = {fact.delivery.delivery_id: fact.delivery.sent_at for fact in scenario.facts}
    sent = [
        times[fact.delivery_id] for fact in story().deliveries if fact.delivery_id in times and fact.source == "github"
    ]
    assert max(sent) <= timeline.END
    assert sum(8 <= at // 3_600_000 % 24 < 18 for at in sent) > 0.9 * len(sent)


def test_a_payload_contains_only_what_was_known_when_sent() -> None:
    pulls = [payload.payload for payload in story().deliveries if payload.event == "pull_request"]
    opened = [payload["pull_request"] for payload in pulls if payload["action"] == "opened"]
    assert not any(pull["requested_reviewers"] or pull["review_comments"] for pull in opened)
    assert any(payload["pull_request"]["requested_reviewers"] for payload in pulls if payload["action"] == "closed")
    for payload in pulls:
        if payload["action"] == "synchronize":
            assert payload["pull_request"]["head"]["sha"] == payload["after"] != payload["before"]


def test_a_pull_request_has_the_commits_that_the_world_lists() -> None:
    closed = [item.payload for item in story().deliveries if item.payload.get("action") == "closed"]
    for payload in (item for item in closed if "pull_request" in item):
        repository = story().state.find(payload["repository"]["full_name"], 0)
        assert repository is not None
        commits = repository.pulls[payload["number"]].commits
        assert (len(commits), commits[-1].sha) == (
            payload["pull_request"]["commits"],
            payload["pull_request"]["head"]["sha"],
        )


def test_what_is_deployed_has_a_version() -> None:
    for delivery in (delivery.payload for delivery in story().deliveries if delivery.event == "deployment"):
        repository = story().state.find(delivery["repository"]["full_name"], 0)
        assert repository is not None
        assert repository.git is not None
        assert (
            repository.git.at(repository.git.get_commit(delivery["deployment"]["sha"]).tree, "package.json") is not None
        )


def test_each_repository_has_its_own_merge_method() -> None:
    shapes = {}
    for repository in timeline.simulate(1, 6).repositories:
        assert repository.git is not None
        commits = repository.git.log("main")
        ended = max(pull for pull in repository.pulls)
        pushed = {commit.sha for pull in repository.pulls.values() for commit in pull.commits}
        is_rebased = any(commit.sha in pushed for commit in commits)
        shapes[repository.full_name] = (repository.git.is_linear("main"), is_rebased, len(commits) > ended)
    assert shapes == {
        "octo-org/storefront": (True, False, False),  # squashed: a new commit of each pull request
        "octo-org/payments": (False, True, True),  # merged: its own commits, and one more
        "octo-org/infrastructure": (True, False, True),  # rebased: its commits, written anew
    }


def test_a_rebased_commit_keeps_the_time_at_which_it_was_first_written() -> None:
    [infrastructure] = [
        repository
        for repository in timeline.simulate(1, 6).repositories
        if repository.full_name.endswith("infrastructure")
    ]
    assert infrastructure.git is not None
    authored = {commit.authored for pull in infrastructure.pulls.values() for commit in pull.commits}
    commits = infrastructure.git.log("main")[:-1]
    assert {commit.author.date for commit in commits} <= {(at or 0) // 1000 for at in authored}
    assert all(commit.author.date < commit.committer.date for commit in commits)


def test_the_history_of_the_default_branch_is_in_order_of_time() -> None:
    for repository in timeline.simulate(2, 4).repositories:
        git = repository.git
        assert git is not None
        times = [git.get_commit(sha).committer.date for sha in git.branches["main"]]
        assert times == sorted(times)
        assert all(git.descends(later, earlier) for earlier, later in pairwise(git.branches["main"]))


def test_incidents_are_labelled_at_once_or_later_and_some_are_reopened() -> None:
    payloads = [item.payload for item in story().deliveries if item.event == "issues"]
    opened = {bool(item["issue"]["labels"]) for item in payloads if item["action"] == "opened"}
    labels = {label["name"] for item in payloads for label in item["issue"]["labels"]}
    assert opened == {True, False}
    assert {item["action"] for item in payloads} == {"opened", "labeled", "closed", "reopened"}
    assert labels == {"incident", "Incident", *(f"service:{name}" for name in ("payments", "shop-api", "shop-web"))}


def test_reviews_are_by_people_and_by_a_bot_and_say_all_that_they_may() -> None:
    reviews = [item.payload["review"] for item in story().deliveries if item.event == "pull_request_review"]
    assert {item["user"]["type"] for item in reviews} == {"User", "Bot"}
    assert {item["state"] for item in reviews} == {"approved", "changes_requested", "commented"}


def test_a_job_that_failed_by_chance_succeeds_at_the_same_commit() -> None:
    jobs = [delivery.payload["workflow_job"] for delivery in story().deliveries if delivery.event == "workflow_job"]
    over = [delivery for delivery in jobs if delivery["status"] == "completed"]
    ends = {
        (delivery["head_sha"], delivery["name"], delivery["run_attempt"]): delivery["conclusion"] for delivery in over
    }
    again = [key[:2] for key, end in ends.items() if key[2] == 2 and end == "success"]
    assert {ends[*key, 1] for key in again} == {"failure"}


@pytest.mark.parametrize("seed", range(1, 6))
def test_even_a_week_has_a_deployment_of_each_repository(seed: int) -> None:
    story = timeline.generate(seed, weeks=1)
    assert (
        len({delivery.payload["repository"]["name"] for delivery in story.deliveries if delivery.event == "deployment"})
        == 3
    )
    assert story.expected.keys() == {metric.name for metric in all_metrics() if is_modelled(metric.name)}


def test_a_failed_production_deployment_is_fixed_afterwards() -> None:
    scenario = timeline.simulate(1, 6)
    ends: dict[str, str] = {}
    for delivery in sorted((fact.delivery for fact in scenario.facts), key=lambda delivery: delivery.sent_at):
        if delivery.event == "deployment_status" and delivery.payload["deployment"]["environment"] == "production":
            ends[delivery.payload["repository"]["name"]] = delivery.payload["deployment_status"]["state"]
    assert set(ends.values()) == {"success"}


def test_a_burst_has_its_shares_and_no_fact_twice() -> None:
    story = burst.burst()
    events = Counter(delivery.event for delivery in story.deliveries)
    facts = {(delivery.event, delivery.payload[delivery.event]["id"]) for delivery in story.deliveries}
    assert events == {"workflow_job": 80, "check_suite": 60, "pull_request": 40, "deployment": 20}
    assert len(facts) == 200
    assert all(
        delivery.payload["pull_request"]["merged"] for delivery in story.deliveries if delivery.event == "pull_request"
    )
