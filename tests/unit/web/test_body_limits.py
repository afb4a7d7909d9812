"""How large the body of a request may be, by its path."""

from __future__ import annotations

import pytest

from index.errors import SettingError
from index.parsing.article import MAX_BYTES
from qa.web.limits import ServerLimits, body_limit


@pytest.mark.parametrize("allow_changes", [False, True])
def test_bodies_are_limited_by_what_their_route_needs(allow_changes: bool) -> None:
    added = MAX_BYTES if allow_changes else 1_000_000
    assert body_limit("/api/articles/uploads/a.txt", allow_changes=allow_changes) == added
    assert body_limit("/mcp", allow_changes=allow_changes) == added
    assert body_limit("/api/ask", allow_changes=allow_changes) == 1_000_000
    assert body_limit("/chat/vote", allow_changes=allow_changes) == 10_000_000
    assert body_limit("/gradio_api/upload", allow_changes=allow_changes) is None
    assert body_limit("/anything/else", allow_changes=allow_changes) == 1_000_000


def test_an_invalid_limit_of_the_server_is_named() -> None:
    with pytest.raises(SettingError, match="PINCITE_SERVER_WAITING is '-3'; give a number above 0"):
        ServerLimits.from_environment({"PINCITE_SERVER_WAITING": "-3"})
