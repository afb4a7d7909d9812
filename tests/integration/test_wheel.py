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


def test_an_installed_wheel_answers_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    paths = sysconfig.get_paths(vars={"base": str(environment), "platbase": str(environment)})
    # The dependencies come from this environment; a path in a .pth file adds its packages, but
    # not the editable install of the checkout, which needs a .pth file of its own.
    site = Path(paths["purelib"])
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"])
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run([*command, "--no-deps", "--no-index", str(wheel)], check=True)
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "mill.txt").write_text("The mill\n\nThe mill at Ashford was built in 1841.\n")
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    question = "When was the mill at Ashford built?"
    asked = subprocess.run(
        [environment / "bin" / "pincite", "ask", question, "--articles", "articles"],
        cwd=tmp_path,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    assert asked.stdout.startswith("1841\n")
    code = "import pincite; print(pincite.__file__); from pincite import Retriever"
    imported = subprocess.run(
        [python, "-c", code], cwd=tmp_path, env=clean, capture_output=True, text=True, check=True
    )
    assert Path(imported.stdout.strip()).is_relative_to(site)


def test_a_package_that_hides_ours_is_named(tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "__init__.py").touch()
    run = subprocess.run(
        [sys.executable, "-c", "import pincite"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(PROJECT)])},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert "another package hides one of Pincite's: 'index' is" in run.stderr
    assert str(tmp_path / "index") in run.stderr
