"""Where the server is reached: its address, its public URL, the proxies before it, and TLS."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from index.errors import SettingError

LOOPBACK = "127.0.0.1"

_LOOPBACK_NAMES = (LOOPBACK, "localhost", "[::1]")
_FORWARDED = (b"forwarded", b"x-forwarded-", b"x-real-ip")


@dataclass(frozen=True, slots=True)
class Network:
    """How the server is reached.

    `host` is the IP address to listen on. `public_url` is the scheme and host that browsers use, ""
    for the address itself. Headers that say for whom a request is forwarded are believed from
    `proxies` only, IP addresses or networks. `certificate` and `key` are PEM files for TLS.
    Raises SettingError for what cannot be used.
    """

    host: str = LOOPBACK
    public_url: str = ""
    proxies: Sequence[str] = ()
    certificate: Path | None = None
    key: Path | None = None

    def __post_init__(self) -> None:
        address = _address("--host", self.host)
        if address.is_unspecified and not self.public_url:
            raise SettingError(
                f"--host {self.host} listens on every address of this machine; say with "
                "--public-url which one browsers use, such as http://192.168.1.20:7860"
            )
        if self.public_url:
            _check_url(self.public_url)
        for proxy in self.proxies:
            _network("--trusted-proxy", proxy)
        if (self.certificate is None) != (self.key is None):
            raise SettingError("TLS needs both files: --tls-cert FILE --tls-key FILE")
        if self.certificate is not None:
            try:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(self.certificate, self.key)
            except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
                raise SettingError(
                    f"cannot use {self.certificate} with {self.key}: {error}; give a certificate "
                    "and its unencrypted key as PEM files"
                ) from error

    @property
    def is_loopback(self) -> bool:
        """Whether only programs on this machine reach the server directly."""
        return _address("--host", self.host).is_loopback

    @property
    def is_encrypted(self) -> bool:
        """Whether browsers reach the server by https, or only from this machine."""
        by_proxy = bool(self.proxies) and self.public_url.startswith("https://")
        return self.is_loopback or self.certificate is not None or by_proxy

    @property
    def scheme(self) -> str:
        """The scheme of the address that it listens on."""
        return "http" if self.certificate is None else "https"

    @property
    def netloc_host(self) -> str:
        """The address as a part of a URL, which has brackets around one of IPv6."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def allowed_hosts(self) -> list[str]:
        """The names that a `Host` header may have; any other may be DNS rebinding."""
        public = urlsplit(self.public_url).hostname
        return [*_LOOPBACK_NAMES, self.netloc_host, *([public] if public else [])]


class ForwardedMiddleware:
    """Believes forwarded headers of trusted proxies, and removes those of everybody else.

    A request of a trusted proxy has the client that it names, and the scheme and host of the public
    URL if there is one. Applications behind this, Gradio too, see no forwarded headers.
    """

    def __init__(self, app: ASGIApp, network: Network) -> None:
        self.app = app
        self._proxies = [_network("--trusted-proxy", proxy) for proxy in network.proxies]
        self._public = urlsplit(network.public_url)
        self._forwarded = ProxyHeadersMiddleware(self._pass_on, list(network.proxies))  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._is_proxy(scope):
            await self._forwarded(scope, receive, send)  # type: ignore[arg-type]
        else:
            await self._pass_on(scope, receive, send)

    def _is_proxy(self, scope: Scope) -> bool:
        try:
            client = ipaddress.ip_address(scope["client"][0])
        except (TypeError, ValueError):
            return False
        if not any(client in proxy for proxy in self._proxies):
            return False
        if self._public.netloc:
            host = (b"host", self._public.netloc.encode())
            scope["headers"] = [host, *(one for one in scope["headers"] if one[0] != b"host")]
        return True

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
            if self._public.netloc and host == self._public.netloc:
                scope["scheme"] = self._public.scheme
            scope["headers"] = [
                one for one in scope["headers"] if not one[0].startswith(_FORWARDED)
            ]
        await self.app(scope, receive, send)


def _address(option: str, text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        raise SettingError(
            f"{option} is {text!r}; give an IP address, such as 192.168.1.20 or 0.0.0.0"
        ) from None


def _network(option: str, text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        raise SettingError(
            f"{option} is {text!r}; give an IP address or network, such as 10.0.0.0/8"
        ) from None


def _check_url(text: str) -> None:
    try:
        url = urlsplit(text)
        is_origin = url.scheme in ("http", "https") and text == f"{url.scheme}://{url.netloc}"
        is_valid = is_origin and bool(url.hostname) and "@" not in url.netloc and text.isascii()
        _ = url.port
    except ValueError:
        is_valid = False
    if not is_valid:
        raise SettingError(
            f"--public-url is {text!r}; give a scheme and a host without a path, such as "
            "https://articles.example.org"
        )
