"""The wheel works without the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests import PROJECT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel, built from a copy of the tracked files."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    archive = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        check=True,
        capture_output=True,
    )
    for name in archive.stdout.decode().rstrip("\0").split("\0"):
        path = PROJECT / name
        if path.is_file() and name.split("/")[0] not in ("tests", "training", "bench", "docs"):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes(path.read_bytes())
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(folder), str(source)], check=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_packages_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    top = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert top == {"pincite.py", "qa", "index"}
    data = {"qa/py.typed", "index/py.typed", "qa/models/judge.json", "qa/models/reader/reader.onnx"}
    assert data <= set(names)
    assert any(name.startswith("qa/web/static/") for name in names)


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel and its dependencies, without the checkout."""
    folder = tmp_path_factory.mktemp("installed") / "environment"
    venv.create(folder, with_pip=False)
    # The dependencies come from this environment; a path in a .pth file adds its packages, but
    # not the editable install of the checkout, which needs a .pth file of its own.
    site = Path(sysconfig.get_paths(vars={"base": str(folder), "platbase": str(folder)})["purelib"])
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"])
    command = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install"]
    subprocess.run([*command, "--quiet", "--no-deps", "--no-index", str(wheel)], check=True)
    return folder


def _run(command: list[str | Path], folder: Path) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        command, cwd=folder, env=clean, capture_output=True, text=True, check=False
    )


def test_an_installed_wheel_answers_from_another_folder(environment: Path, tmp_path: Path) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "mill.txt").write_text("The mill\n\nThe mill at Ashford was built in 1841.\n")
    question = "When was the mill at Ashford built?"
    pincite = environment / "bin" / "pincite"
    asked = _run([pincite, "ask", question, "--articles", "articles"], tmp_path)
    assert asked.returncode == 0, asked.stderr
    assert asked.stdout.startswith("1841\n")
    code = "import pincite; print(pincite.__file__); from pincite import Retriever"
    imported = _run([environment / "bin" / "python", "-c", code], tmp_path)
    assert Path(imported.stdout.strip()).is_relative_to(environment)


def test_a_package_that_hides_ours_is_named(environment: Path, tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "__init__.py").touch()
    run = _run([environment / "bin" / "python", "-c", "import pincite"], tmp_path)
    assert run.returncode == 1
    assert "another package hides one of Pincite's: 'index' is" in run.stderr
    assert str(tmp_path / "index") in run.stderr
