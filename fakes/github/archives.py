"""Serves archives of a repository: the redirect to an archive, and the archive itself.

GitHub serves them from another host, https://codeload.github.com; the fake has one host only.
https://docs.github.com/en/rest/repos/contents#download-a-repository-archive-tar
"""

import gzip
import io
import tarfile

from fakes.github.request import Call
from fakes.github.response import Response, abort


def get_tarball(call: Call) -> Response:
    """Redirect to the archive of a commit or branch; GitHub's URL is valid for five minutes."""
    commit = _commit(call)
    return Response(302, {"Location": f"{call.urls.api}/repos/{call.repository.full_name}/legacy.tar.gz/{commit}"})


def get_archive(call: Call) -> Response:
    """Get all files in a tar.gz, in a folder that is named after the repository and the commit."""
    commit = _commit(call)
    folder = f"{call.repository.full_name.replace('/', '-')}-{commit[:7]}"
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:", format=tarfile.PAX_FORMAT, pax_headers={"comment": commit}) as archive:
        archive.addfile(_folder(folder))
        for path, node in call.git.paths(call.git.get_commit(commit).tree):
            if node.is_tree:
                archive.addfile(_folder(f"{folder}/{path}"))
            else:
                member, content = tarfile.TarInfo(f"{folder}/{path}"), call.git.blobs[node.sha]
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return Response(200, {"Content-Type": "application/x-gzip"}, gzip.compress(packed.getvalue(), mtime=0))


def _folder(path: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(path)
    member.type = tarfile.DIRTYPE
    return member


def _commit(call: Call) -> str:
    ref = call.parts["ref"]
    commit = call.git.head(ref) or (ref if ref in call.git.commits else None)
    if commit is None:
        raise abort(404, "Not Found")
    return commit
