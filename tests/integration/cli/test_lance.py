"""Commands on an index in Lance tables, in a folder and in object storage."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa.cli.main import main
from tests.helpers.library import write

pytest.importorskip("lance")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """An S3 server on this machine, and the address of an index in one of its buckets."""
    server_module = pytest.importorskip("moto.server")
    import boto3

    for name, value in {
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
        "XDG_DATA_HOME": str(tmp_path / "data"),
    }.items():
        monkeypatch.setenv(name, value)
    server = server_module.ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT", f"http://{host}:{port}")
    client = boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1")
    client.create_bucket(Bucket="archive")
    yield "lance+s3://archive/news"
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "folder":
        return f"lance://{tmp_path}/news"
    address: str = request.getfixturevalue("bucket")
    return address


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert main([*arguments, "--json"]) == 0
    printed: dict[str, object] = json.loads(capsys.readouterr().out)
    return printed


def test_commands_take_the_address_of_lance_tables(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "articles"
    write(folder / "bridge.txt", "The Halden bridge was painted in 1933 by Jo Field.")
    write(folder / "ferry.txt", "The ferry over the Mardle was sold to a Danish firm in 1950.")
    assert run(capsys, "index", str(folder), "--store", address)["added"] == 2
    assert run(capsys, "index", "--index", address)["unchanged"] == 2
    found = run(capsys, "search", "Who painted the bridge?", "--index", address)
    assert found["passages"][0]["citation"]["article"] == "bridge.txt"  # type: ignore[index]
    (folder / "ferry.txt").unlink()
    assert run(capsys, "index", "--index", address)["removed"] == 1
    found = run(capsys, "search", "ferry to Denmark", "--index", address)
    assert {one["citation"]["article"] for one in found["passages"]} == {"bridge.txt"}  # type: ignore[attr-defined]


def test_without_lance_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.startswith("index.storage.lance")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "lance", None)
    assert main(["search", "bridge", "--index", f"lance://{tmp_path}/news"]) == 2
    assert "pip install 'pincite[lance]'" in capsys.readouterr().err


def test_maintenance_of_files_is_for_folders(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address = f"lance://{tmp_path}/news"
    for command in ("check", "repair"):
        assert main([command, "--index", address]) == 2
        assert f"{address} is not the folder of an index" in capsys.readouterr().err
