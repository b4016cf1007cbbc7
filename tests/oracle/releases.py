"""Section 8: deployments that are releases or merges."""

from collections import defaultdict

from tests.oracle.facts import Fact, knows
from tests.oracle.history import LINE_NOT_KNOWN
from tests.oracle.model import Attempt, Pull
from tests.oracle.pulls import Facts, listed_commit
from tests.oracle.settings import Settings, matches


def release_attempts(facts: Facts, settings: Settings) -> list[Attempt]:
    """Return the releases of repositories whose deployments are releases; pre-releases are none."""
    prefixes: dict[str, set[str]] = defaultdict(set)
    tags: dict[str, set[str]] = defaultdict(set)
    for fact in facts["release-versions"]:
        prefixes[fact.repository].add(_line(fact))
        tags[fact.repository].add(_tag(fact))
    found = []
    for fact in facts["release-versions"]:
        rule = settings.rule(fact.name)
        published = _published(fact)
        if rule.kind != "releases" or published is None or fact.output["release_version"]["prerelease"]:
            continue
        tag = _tag(fact)
        globs = list(rule.branches)
        if (
            rule.branch is None
            and any(matches(tag, globs) for tag in tags[fact.repository])
            and not matches(tag, globs)
        ):
            continue
        attempt = Attempt(
            repository=fact.repository,
            name=fact.name,
            environment=f"production ({_line(fact)})"
            if _line(fact) and len(prefixes[fact.repository]) > 1
            else "production",
            item=tag,
            sha=fact.output.get("sha"),
            begin=published,
            is_begin_known=True,
            end=published,
            state="success",
            rule=rule,
            kind="releases",
            tag=tag,
            previous=fact.output.get("previous"),
            is_behind=fact.output.get("comparison_status") == "behind",
            traits={"ref": tag, "task": None, "event": None, "workflow": None, "creator": None, "job": None},
        )
        if fact.output.get("changes") is not None:
            attempt.listed = [listed_commit(entry) for entry in fact.output["changes"]["commits"]]
            attempt.is_cut = fact.output["changes"]["truncated"]
        if not knows(fact, "sha"):
            attempt.missing = LINE_NOT_KNOWN
        found.append(attempt)
    return found


def _tag(fact: Fact) -> str:
    return str(fact.record["id"]).split("/", 3)[3]


def _line(fact: Fact) -> str:
    """Return the prefix without the `v` of the version: `api/v1.0.0` and `api/1.0.0` are one line."""
    prefix = fact.output.get("prefix") or ""
    return prefix[:-1] if prefix[-1:] in ("v", "V") and not prefix[-2:-1].isalpha() else prefix


def _published(fact: Fact) -> int | None:
    """Return when the tag came: its event's receipt; of one that only backfill found the time of an annotated tag."""
    if fact.record["collected_by"] != "backfill":
        received: int = fact.record["created_at"]
        return received
    return fact.output.get("tagged_at")


def merge_attempts(pulls: dict[str, list[Pull]], names: dict[str, str], settings: Settings) -> list[Attempt]:
    """Return the merges of repositories whose deployments are merges."""
    found = []
    for repository, listed in pulls.items():
        rule = settings.rule(names[repository])
        for pull in listed:
            if rule.kind != "merges" or not matches(pull.base, list(rule.branches)):
                continue
            attempt = Attempt(
                repository=repository,
                name=names[repository],
                environment="production",
                item=pull.item,
                sha=pull.merge_sha,
                begin=pull.merged,
                is_begin_known=True,
                end=pull.merged,
                state="success",
                rule=rule,
                kind="merges",
                branch=pull.base,
                pull=pull,
                traits={"ref": pull.base, "task": None, "event": None, "workflow": None, "creator": None, "job": None},
            )
            found.append(attempt)
    return found
