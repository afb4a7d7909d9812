"""List the licences of everything in requirements.lock, as the packages declare them.

    python docs/licences.py

Needs the locked packages installed. Writes docs/licences.md.
"""

from __future__ import annotations

import re
from collections import defaultdict
from importlib.metadata import PackageMetadata, metadata
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PAGE = PROJECT / "docs" / "licences.md"
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")


def licence(package: PackageMetadata) -> str:
    """Return the licence that a package declares: expression, classifiers, or the first line."""
    if expression := package.get("License-Expression"):
        return str(expression)
    classifiers = [str(value) for value in package.get_all("Classifier") or ()]
    named = [one.split("::")[-1].strip() for one in classifiers if one.startswith("License ::")]
    named = [one for one in named if one != "OSI Approved"]
    text = str(package.get("License") or "").strip().split("\n")[0]
    return "; ".join(named) or text[:60] or "not declared"


def main() -> None:
    """Write the page."""
    lines = (PROJECT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    names = [match[0] for line in lines if (match := _NAME.match(line))]
    by_licence: dict[str, list[str]] = defaultdict(list)
    for name in names:
        by_licence[licence(metadata(name))].append(name)
    rows = [
        f"| {declared} | {', '.join(sorted(by_licence[declared], key=str.lower))} |"
        for declared in sorted(by_licence, key=str.lower)
    ]
    head = (
        "# Licences of the packages that Pincite installs\n\n"
        "As the versions in `requirements.lock` declare them; `python docs/licences.py` writes\n"
        "this page. What is under the Mozilla Public License (MPL) is used unchanged. A package\n"
        "that declares nothing is listed as such.\n\n"
        "| licence | packages |\n| --- | --- |\n"
    )
    PAGE.write_text(head + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
