"""Deployments: to staging, to production, some of which fail and are rolled back or mended by a hotfix."""

from core.payload import Json
from runtimes.local.demo import pulls
from runtimes.local.demo.payloads import around, issue, label, urls_of, user
from runtimes.local.demo.scene import Scene
from runtimes.local.fake_github.objects import deployment_object, iso, node_id
from runtimes.local.fake_github.world import Deployment, Repository


class Environments:
    """What runs where, of one repository."""

    def __init__(self, scene: Scene, repository: Repository) -> None:
        self._scene = scene
        self._repository = repository
        self._good: str | None = None
        self._version = 0

    def release(self, sha: str, at: int) -> None:
        """To staging and then to production; what fails there is put right within hours."""
        scene = self._scene
        self._put_package(sha)
        self._deploy("staging", sha, at, "success")
        at += scene.minutes(15, 90)
        if not scene.chance(0.18):
            self._deploy("production", sha, at, "success")
            self._good = sha
            return
        self._deploy("production", sha, at, "failure")
        self._mend(at + scene.minutes(3, 10))

    def _mend(self, at: int) -> None:
        scene, repository = self._scene, self._repository
        number, id = scene.number(repository), scene.id()
        self._incident("opened", number, id, at, None)
        self._incident("labeled", number, id, at, None)
        if self._good is not None and scene.chance(0.6):
            mended = at + scene.minutes(5, 40)
            self._deploy("production", self._good, mended, "success")
        else:
            hotfix = pulls.live(scene, repository, at + scene.minutes(10, 60), "Hotfix: take the old tax table again")
            if hotfix is None:
                raise AssertionError("a hotfix is always merged")
            self._put_package(hotfix.sha)
            mended = hotfix.at + scene.minutes(2, 10)
            self._deploy("production", hotfix.sha, mended, "success")
            self._good = hotfix.sha
        self._incident("closed", number, id, at, mended + scene.minutes(5, 60))

    def _put_package(self, sha: str) -> None:
        self._version += 1
        content = b'{"name":"shop","version":"1.%d.0"}' % self._version
        self._repository.put("package.json", content, sha)

    def _deploy(self, environment: str, sha: str, at: int, outcome: str) -> None:
        scene, repository = self._scene, self._repository
        made = Deployment(scene.id(), environment, at, sha)
        repository.deployments.append(made)
        told = deployment_object(urls_of(repository), made) | {"creator": user("ada")}
        nothing: Json = {"workflow": None, "workflow_run": None}
        scene.send(
            "deployment", around(repository, "ada", "created") | {"deployment": told, **nothing}, at, "deployment"
        )
        for state, when in (("in_progress", at + 3000), (outcome, at + scene.minutes(1, 6))):
            payload = around(repository, "ada", "created") | {"deployment": told, "check_run": None, **nothing}
            metrics = ("deployment-status",) if state == outcome else ()
            payload |= {"deployment_status": self._status(made, state, when)}
            scene.send("deployment_status", payload, when, *metrics)

    def _status(self, deployment: Deployment, state: str, at: int) -> Json:
        id, repo = self._scene.id(), urls_of(self._repository).repo
        url = f"{repo}/deployments/{deployment.id}"
        links = {"url": f"{url}/statuses/{id}", "deployment_url": url, "repository_url": repo}
        told = {"state": state, "description": "", "environment": deployment.environment, "target_url": ""}
        times = {"created_at": iso(at), "updated_at": iso(at)}
        return {"id": id, **node_id(str(id)), "creator": user("ada"), **told, **times, **links}

    def _incident(self, action: str, number: int, id: int, opened: int, closed: int | None) -> None:
        incident = label(self._repository, "incident")
        told: Json = {"title": "Production is down 🔥"}
        if closed is not None:
            told |= {"state": "closed", "closed_at": iso(closed), "updated_at": iso(closed)}
        about = issue(self._repository, number, id, opened, [] if action == "opened" else [incident], **told)
        payload = around(self._repository, "grace", action) | {"issue": about}
        sent = closed or opened + (20_000 if action == "labeled" else 0)
        self._scene.send("issues", payload | ({"label": incident} if action == "labeled" else {}), sent)
