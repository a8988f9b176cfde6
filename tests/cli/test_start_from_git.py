"""Law: a repository and its tags make a change set, whatever stands in them; what is missing is said."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from orr.changes import intake
from orr.cli.from_git import release_notes
from orr.cli.main import plura

PEOPLE = {"dana": "Dana <dana@acme.example>", "kim": "김민 <KIM@acme.example>"}


class Repo:
    """A repository made by the real git, away from the settings of the machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *words: str, **env: str) -> str:
        """What git says."""
        lone = {
            "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Dana", "GIT_AUTHOR_EMAIL": "dana@acme.example",
            "GIT_COMMITTER_NAME": "Dana", "GIT_COMMITTER_EMAIL": "dana@acme.example", **env,
        }  # fmt: skip
        ended = subprocess.run(
            ["git", "-C", str(self.folder), *words], env={**os.environ, **lone}, text=True,
            capture_output=True, check=True,
        )  # fmt: skip
        return ended.stdout.strip()

    def commit(self, message: str, name: str = "Dana", mail: str = "dana@acme.example") -> None:
        """An empty commit by that author."""
        self.git("commit", "-q", "--allow-empty", "-m", message, GIT_AUTHOR_NAME=name, GIT_AUTHOR_EMAIL=mail)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(tmp_path / "search")
    made.commit("First")
    made.git("tag", "-a", "v1.0.0", "-m", "The first")
    made.commit("Longer cache\n\nCo-authored-by: 김민 <KIM@acme.example>")
    made.commit("Fix it", "Lee", "lee@acme.example")
    made.git("tag", "-a", "v1.1.0", "-m", "Faster search\n\nA longer cache.")
    made.git("remote", "add", "origin", "https://user:secret@github.com/acme/search.git")
    return made


def start(repo: Path, *said: str, env: dict[str, str] | None = None) -> Result:
    words = ["orr", "start", "--from-git", "--repository", str(repo), *said]
    return CliRunner().invoke(plura, words, env={"PLURA_TOKEN": "", "PLURA_URL": "", **(env or {})})


def made(repo: Path, *said: str) -> Any:
    answer = start(repo, "--environment", "prod-kr", "--dry-run", *said)
    assert answer.exit_code == 0, answer.output
    body = json.loads(answer.stdout)
    intake.parse(body)
    return body


def refused(repo: Path, *said: str) -> str:
    answer = start(repo, "--environment", "prod-kr", "--dry-run", *said)
    assert answer.exit_code == 2, answer.output
    assert "Traceback" not in answer.output
    return answer.output


def test_the_last_two_tags_make_the_step(repo: Repo) -> None:
    assert made(repo.folder, "--service", "search") == {
        "title": "search v1.1.0",
        "summary": "Faster search\n\nA longer cache.",
        "environment": "prod-kr",
        "service_ids": ["search"],
        "release_notes_url": "https://github.com/acme/search/releases/tag/v1.1.0",
        "authors": [
            {"id": "git:dana@acme.example", "name": "Dana"},
            {"id": "git:kim@acme.example", "name": "김민"},
            {"id": "git:lee@acme.example", "name": "Lee"},
        ],
        "items": [
            {"kind": "artifact", "name": "search", "from": {"version": "v1.0.0"}, "to": {"version": "v1.1.0"}}
        ],
    }


def test_what_is_named_counts(repo: Repo) -> None:
    repo.commit("More", "Lee", "lee@acme.example")
    head = repo.git("rev-parse", "HEAD")
    digest = "sha256:" + "1" * 64
    body = made(
        repo.folder, "--from", "v1.1.0", "--to", head, "--item", "api", "--kind", "image", "--digest", digest,
        "--target", "registry/api:stable", "--title", "By hand",
    )  # fmt: skip
    assert body["items"] == [
        {
            "kind": "image",
            "name": "api",
            "to": {"version": head, "digest": digest},
            "from": {"version": "v1.1.0"},
            "target": "registry/api:stable",
        }
    ]
    assert body["title"] == "By hand"
    assert body["summary"] == "1 commit since v1.1.0.\n- More"
    assert [one["id"] for one in body["authors"]] == ["git:lee@acme.example"]


def test_a_first_release_comes_from_nowhere_and_names_everybody(repo: Repo) -> None:
    body = made(repo.folder, "--to", "v1.0.0")
    assert "from" not in body["items"][0]
    assert [one["id"] for one in body["authors"]] == ["git:dana@acme.example"]


@pytest.mark.parametrize("tag", ["v2;touch${IFS}x", "v2 ", "v2'\"$(id)`id`", "버전-2", "v2%00", "feature/v2"])
def test_a_tag_may_be_called_anything(repo: Repo, tag: str, tmp_path: Path) -> None:
    tag = tag.strip()
    repo.commit("Odd")
    repo.git("tag", "-m", "Odd", tag)
    before = sorted(repo.folder.iterdir())
    assert made(repo.folder)["items"][0]["to"]["version"] == tag
    assert sorted(repo.folder.iterdir()) == before and not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    "named", ["--help", "--upload-pack=touch x", "-v", "$(touch x)", "HEAD..", "a\nb", "no such"]
)
def test_a_name_is_never_an_option(repo: Repo, named: str, tmp_path: Path) -> None:
    for option in ("--from", "--to"):
        assert "no tag or commit" in " ".join(refused(repo.folder, f"{option}={named}").split())
    assert not (tmp_path / "x").exists()


def test_a_tag_is_meant_where_a_branch_has_its_name(repo: Repo) -> None:
    repo.git("branch", "v1.0.0", "v1.1.0")
    assert len(made(repo.folder)["authors"]) == 3


def test_nobody_hides_behind_odd_characters(repo: Repo) -> None:
    repo.commit("a\x1f\x1eb\x1fc\x1fd", "Mal\x1fory", "mallory@acme.example")
    repo.commit("Empty", "Noname", "")
    repo.git("tag", "v2.0.0")
    ids = [one["id"] for one in made(repo.folder)["authors"]]
    assert ids == ["git:Noname", "git:mallory@acme.example"]


def test_the_same_person_is_one_by_the_mailmap(repo: Repo) -> None:
    (repo.folder / ".mailmap").write_text(
        "Dana <dana@acme.example> Lee <lee@acme.example>\n", encoding="utf-8"
    )
    assert len(made(repo.folder)["authors"]) == 2


def test_what_a_repository_configures_to_be_run_is_not_run(repo: Repo, tmp_path: Path) -> None:
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n", encoding="utf-8")
    trap.chmod(0o755)
    for name in ("core.fsmonitor", "gpg.program", "core.pager", "core.sshCommand", "diff.external"):
        repo.git("config", name, str(trap))
    repo.git("config", "log.showSignature", "true")
    made(repo.folder)
    assert not (tmp_path / "sprung").exists()


def test_no_repository_no_commit_no_tag_and_half_a_history_are_said(repo: Repo, tmp_path: Path) -> None:
    assert "not in a git repository" in refused(tmp_path)
    assert "not in a git repository" in refused(tmp_path / "nothing")
    assert "no commit yet" in refused(Repo(tmp_path / "empty").folder)
    bare = Repo(tmp_path / "untagged")
    bare.commit("One")
    assert "has no tag" in refused(bare.folder)
    subprocess.run(
        ["git", "clone", "-q", "--depth", "1", f"file://{repo.folder}", str(tmp_path / "shallow")], check=True
    )
    assert "shallow clone" in refused(tmp_path / "shallow")
    repo.git("tag", "v1.1.1", "v1.1.0")
    assert "Nothing lies between" in refused(repo.folder, "--from", "v1.1.0", "--to", "v1.1.1")


def test_without_git_it_says_so(repo: Repo) -> None:
    answer = start(repo.folder, "--environment", "x", "--dry-run", env={"PATH": "/nonexistent"})
    assert answer.exit_code == 2 and "git is not installed" in answer.output


def test_more_people_than_a_change_set_names_are_refused_never_left_out(repo: Repo) -> None:
    trailers = "\n".join(f"Co-authored-by: P{n} <p{n}@acme.example>" for n in range(101))
    repo.commit(f"Crowd\n\n{trailers}")
    repo.git("tag", "v2.0.0")
    assert "102 people wrote this" in refused(repo.folder)


def test_where_it_goes_has_to_be_said(repo: Repo) -> None:
    answer = start(repo.folder, "--dry-run")
    assert answer.exit_code == 2 and "--environment" in answer.output
    for words in (["--environment", "x"], ["--from", "v1"], ["--service", "a"]):
        assert CliRunner().invoke(plura, ["orr", "start", *words], input="{}").exit_code == 2
    assert start(repo.folder, "--environment", "x", __file__).exit_code == 2


def test_it_is_never_sent_unseen(repo: Repo) -> None:
    env = {"PLURA_TOKEN": "orr_x", "PLURA_URL": "http://127.0.0.1:9"}
    answer = start(repo.folder, "--environment", "prod-kr", env=env)
    assert answer.exit_code == 2
    assert "v1.0.0 → v1.1.0" in answer.output and "--yes" in answer.output
    assert start(repo.folder, "--environment", "prod-kr").exit_code == 2, "no token"


@pytest.mark.parametrize(
    ("remote", "url"),
    [
        ("git@github.com:acme/search.git", "https://github.com/acme/search/releases/tag/v1%2F2"),
        ("ssh://git@github.com/acme/search", "https://github.com/acme/search/releases/tag/v1%2F2"),
        (
            "https://user:pw@gitlab.example.org/a/b/c.git",
            "https://gitlab.example.org/a/b/c/-/releases/v1%2F2",
        ),
        ("https://git.example.org/acme/search.git", None),
        ("/srv/git/search.git", None),
        ("", None),
    ],
)
def test_the_notes_stand_where_the_forge_keeps_them(remote: str, url: str | None) -> None:
    assert release_notes(remote, "v1/2") == url
