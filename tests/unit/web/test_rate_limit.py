"""One client's flood is refused; the others are answered."""

from __future__ import annotations

from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from qa.web.network import ForwardedMiddleware, Network
from qa.web.rate_limit import RateLimit, RateLimitMiddleware


@given(st.lists(st.floats(0, 30), min_size=1), st.integers(1, 20))
def test_no_minute_has_more_than_twice_the_rate(pauses: list[float], rate: int) -> None:
    now, taken = 0.0, []
    limit = RateLimit(rate, clock=lambda: now)
    for number, pause in enumerate(pauses):
        now += pause
        wait = limit.take("ada")
        if wait:
            assert wait <= 60 / rate * (1 + 1e-9)
        else:
            taken.append(now)
        assert len([one for one in taken if one > now - 60]) <= 2 * rate
        assert limit.take(f"other {number}") == 0, "another client does not wait"


def test_an_address_that_asks_too_often_waits_and_this_machine_does_not() -> None:
    def answer(_request: Request) -> JSONResponse:
        return JSONResponse({})

    app = Starlette(routes=[Route("/api/ask", answer, methods=["GET", "POST"])])
    app.add_middleware(RateLimitMiddleware, per_minute=3)
    app.add_middleware(ForwardedMiddleware, network=Network(proxies=["127.0.0.1"]))
    client = TestClient(app, client=("127.0.0.1", 50000))

    def statuses(headers: dict[str, str]) -> list[int]:
        return [client.post("/api/ask", headers=headers).status_code for _ in range(6)]

    far = {"X-Forwarded-For": "203.0.113.7"}
    assert statuses(far)[:3] == [200] * 3
    refused = client.post("/api/ask", headers=far)
    assert refused.status_code == 429
    assert "203.0.113.7 asks more than 3 times a minute; try again in" in refused.json()["detail"]
    assert 1 <= int(refused.headers["retry-after"]) <= 20
    assert client.get("/api/ask", headers=far).status_code == 200, "reading is not counted"
    assert 429 not in statuses({"X-Forwarded-For": "203.0.113.8"})[:3]
    assert set(statuses({})) == {200}
