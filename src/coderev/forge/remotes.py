"""Whom git connects to when it fetches, and how it proves who we are, without a secret where others see one.

Over https (and http, where egress permits it) the token lies in a file that only we may read, and a program of ours
hands it to git when git asks for this very forge's password: it is in no argument, URL, setting or environment. Over
ssh a key of the site's and the forge's known host key are used, and nothing of this machine's ssh.

In both cases git is handed an address that egress permitted, and looks no name up itself.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from coderev.egress import Egress
from coderev.errors import InputError
from coderev.forge.errors import ForgeUnavailable
from coderev.forge.secret_file import read_secret
from coderev.git import fetch as git
from coderev.settings import Connections, ForgeSettings, SshAccess

_USERS = {"gitlab": "oauth2", "github": "x-access-token", "gitea": "oauth2"}  # by their documents any name will do
_PATH = re.compile(r"(?:/[A-Za-z0-9_~+-][A-Za-z0-9._~+-]*)+/?")  # no segment begins with a dot
_SSH_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")


class ForeignClone(InputError):
    """A forge names an address to clone from that is not its own, or sides that are none."""

    message = "{forge} says to clone {path} from {url}, which is refused: {reason}"
    hint = "let the forge's own external address be the one that forges[].url names"


class UnusableSsh(InputError):
    """What ssh is told to use cannot be told to it."""

    message = "ssh cannot use {what}: {reason}"
    hint = "name files by plain absolute paths, and a user as the forge's clone addresses have it (mostly `git`)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What all of this site's fetches have in common."""

    egress: Egress
    connections: Connections


def clone_problem(settings: ForgeSettings, url: str) -> str | None:
    """Why a URL is not one that this forge's repositories are cloned from; None where it is. Pure."""
    try:
        own, given = urlsplit(settings.url), urlsplit(url)
        same = [(each.scheme, each.hostname, each.port) for each in (own, given)]
    except ValueError:
        return "it is no URL"
    if not (url.isascii() and url.isprintable()):  # which `urlsplit` passes over
        return "it holds characters that no address needs"
    if given.scheme not in {"https", "http"} or "@" in given.netloc:
        return "only https, and http where egress permits it, without a user or a password, are cloned from"
    if same[0] != same[1]:
        return "its scheme, host and port are not those of forges[].url"
    inside = given.path.startswith(f"{own.path.rstrip('/')}/")
    if given.query or given.fragment or not _PATH.fullmatch(given.path) or not inside:
        return "its path is none that a repository of this forge has"
    return None


async def over_http(settings: ForgeSettings, url: str, secrets: Path, site: Site) -> git.Remote:
    """A remote that is asked with our token. `secrets` is a folder of mode 0700 that goes when git has ended.

    Raises NotPermitted, UnusableSecret and ForgeUnavailable.
    """
    proxy = site.egress.proxy_for(url)
    pinned = site.egress.judge(proxy or url)
    addresses = await _permitted(settings, pinned.url, site.egress)
    bracketed = ",".join(f"[{each}]" if ":" in each else each for each in addresses)
    pin = {} if pinned.host in addresses else {"http.curloptResolve": f"{pinned.host}:{pinned.port}:{bracketed}"}
    scheme, origin = urlsplit(url)[:2]
    names = {
        "GIT_SSL_CAINFO": site.connections.ca_bundle,
        "GIT_SSL_CERT": site.connections.client_certificate,
        "GIT_SSL_KEY": site.connections.client_key,
        "GIT_ASKPASS": str(_askpass(settings, secrets, f"{scheme}://", origin)),
        "HOME": str(secrets),  # nothing is there that git or curl read
    }
    return git.Remote(
        url=url,
        protocol=scheme,
        settings={**pin, "http.proxy": proxy or ""},
        environment={key: value for key, value in names.items() if value is not None},
    )


async def over_ssh(settings: ForgeSettings, url: str, secrets: Path, site: Site, access: SshAccess) -> git.Remote:
    """The same repository over ssh. Raises NotPermitted, UnusableSsh and ForgeUnavailable."""
    host = site.egress.judge(url).host
    bracketed = f"[{host}]" if ":" in host else host
    address, *_ = await _permitted(settings, f"https://{bracketed}:{access.port}", site.egress)
    if not _SSH_USER.fullmatch(access.user):
        raise UnusableSsh(what="this user", reason="it is no name of a user")
    lines = (
        f"HostName {address}",
        f"HostKeyAlias {host}",
        f"IdentityFile {_quoted(access.key_file)}",
        f"UserKnownHostsFile {_quoted(access.known_hosts_file)}",
        *_SSH,
    )
    _write(secrets / "ssh_config", "\n".join((*lines, "")), 0o600)
    program = secrets / "ssh"
    _write(program, '#!/bin/sh\nexec ssh -F "${0%/*}/ssh_config" "$@"\n', 0o700)
    return git.Remote(
        url=f"ssh://{access.user}@{bracketed}:{access.port}{urlsplit(url).path}",
        protocol="ssh",
        settings={},
        environment={"GIT_SSH": str(program), "GIT_SSH_VARIANT": "ssh", "HOME": str(secrets)},
    )


_SSH = (  # nobody is asked, nothing of this machine is used, and nothing is passed on
    "GlobalKnownHostsFile /dev/null",
    "StrictHostKeyChecking yes",
    "UpdateHostKeys no",
    "CheckHostIP no",
    "IdentitiesOnly yes",
    "IdentityAgent none",
    "PreferredAuthentications publickey",
    "BatchMode yes",
    "ClearAllForwardings yes",
    "ForwardAgent no",
    "PermitLocalCommand no",
    "ProxyCommand none",
    "ControlPath none",
    "ConnectTimeout 15",
)


async def _permitted(settings: ForgeSettings, url: str, egress: Egress) -> Sequence[str]:
    try:
        addresses = await egress.permit(url)
    except OSError as error:
        raise ForgeUnavailable(forge=settings.name, reason=f"its name is not found: {error.strerror}") from error
    if not addresses:
        raise ForgeUnavailable(forge=settings.name, reason="its name leads to no address")
    return addresses


def _quoted(path: str) -> str:
    if not Path(path).is_absolute() or not path.isprintable() or '"' in path or "\\" in path:
        raise UnusableSsh(what=path, reason="its name has characters that ssh reads otherwise")
    return f'"{path.replace("%", "%%")}"'


def _askpass(settings: ForgeSettings, secrets: Path, scheme: str, origin: str) -> Path:
    """The program that git asks: it answers for this forge and nobody else, such as a proxy."""
    user = _USERS[settings.kind]
    _write(secrets / "token", f"{read_secret(settings.token_file, 'forges[].token_file')}\n", 0o600)
    program = secrets / "askpass"
    script = f"""#!/bin/sh
case "$1" in
"Username for '{scheme}{origin}': ") echo {user} ;;
"Password for '{scheme}{user}@{origin}': ") cat "${{0%/*}}/token" ;;
*) exit 1 ;;
esac
"""
    _write(program, script, 0o700)
    return program


def _write(path: Path, text: str, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode), "w") as file:
        file.write(text)
