"""Networks to run a command in: an empty one, and one that counts what tries to leave.

    counted = run_counted(["coderev", "review"], folder=…)
    assert (counted.packets, counted.dns_queries) == (0, 0)

Both are network namespaces with nothing but loopback. The counting one also has a default route for IPv4 and IPv6 that
leads into a TUN device, of which this module holds the other end: every packet that would leave is read here, and goes
no further. Name servers lie behind that route too: a look-up is a packet as well. What the kernel says about itself on
a new interface (ICMPv6: router solicitations, multicast reports) is no packet of the command and is not counted.
`beside` is a program that runs in the same network, from before the command until after it; its first line of output
says that it is ready.
"""

import contextlib
import fcntl
import json
import os
import shutil
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

NAME_SERVERS = ("198.51.100.53", "2001:db8::53")
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
ICMPV6, TCP, UDP = 58, 6, 17
DNS_PORTS = {53, 853, 5353, 5355}
SECONDS = 120
SET_UP = """
link set lo up
addr add 198.51.100.2/24 dev out0
-6 addr add 2001:db8::2/64 dev out0 nodad
link set out0 up
route add default dev out0
-6 route add default dev out0
"""


@dataclass(frozen=True, kw_only=True)
class Ran:
    """How a command ended."""

    status: int
    stdout: str
    stderr: str


@dataclass(frozen=True, kw_only=True)
class Counted(Ran):
    """How a command ended, and what it tried to send."""

    packets: int
    dns_queries: int  # of the packets


def missing() -> str | None:
    """Why no network can be made here."""
    if os.geteuid() != 0:
        return "a network namespace needs root"
    for program in ("unshare", "ip", "mount"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    if not Path("/dev/net/tun").exists():
        return "there is no /dev/net/tun"
    tried = subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True, check=False)
    return None if tried.returncode == 0 else "this machine permits no namespaces"


def run_isolated(argv: Sequence[str], **given: object) -> Ran:
    """Run a command where there is no network but loopback."""
    counted = _run("isolated", argv, **given)  # type: ignore[arg-type]
    return Ran(status=counted.status, stdout=counted.stdout, stderr=counted.stderr)


def run_counted(argv: Sequence[str], **given: object) -> Counted:
    """Run a command where whatever it sends to the outside is counted."""
    return _run("counted", argv, **given)  # type: ignore[arg-type]


def _run(
    kind: str,
    argv: Sequence[str],
    *,
    folder: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str = "",
    beside: Sequence[str] = (),
) -> Counted:
    order = {"kind": kind, "argv": list(argv), "beside": list(beside), "stdin": stdin}
    done = subprocess.run(
        ["unshare", "--net", "--mount", sys.executable, __file__],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **(env or {})},
        timeout=SECONDS,
        check=False,
    )
    if done.returncode:
        raise AssertionError(done.stderr)
    return Counted(**json.loads(done.stdout))


class Meter:
    """The far end of the only way out."""

    def __init__(self) -> None:
        self.packets = self.dns_queries = 0
        self._tunnel = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(self._tunnel, TUNSETIFF, struct.pack("16sH22x", b"out0", IFF_TUN | IFF_NO_PI))
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while packet := os.read(self._tunnel, 65_536):
            self._count(packet)

    def _count(self, packet: bytes) -> None:
        four = packet[0] >> 4 == 4
        protocol, start = (packet[9], (packet[0] & 15) * 4) if four else (packet[6], 40)
        if not four and (
            protocol == ICMPV6 or packet[start : start + 1] == bytes([ICMPV6])
        ):  # after hop-by-hop options
            return
        self.packets += 1
        if protocol in {TCP, UDP} and int.from_bytes(packet[start + 2 : start + 4]) in DNS_PORTS:
            self.dns_queries += 1


def _inside() -> None:
    """Run in the new namespaces: make the network, run the order, tell what came of it."""
    order = json.load(sys.stdin)
    meter = Meter() if order["kind"] == "counted" else None
    for line in SET_UP.split("\n") if meter else ["link set lo up"]:
        if line:
            subprocess.run(["ip", *line.split()], check=True)
    if meter:
        _bind(
            "/etc/resolv.conf", "".join(f"nameserver {at}\n" for at in NAME_SERVERS) + "options timeout:1 attempts:1\n"
        )
    _bind("/etc/nsswitch.conf", "hosts: files dns\n")
    with _running(order["beside"]):
        done = subprocess.run(order["argv"], input=order["stdin"].encode(), capture_output=True, check=False)
    time.sleep(0.05)  # until the meter has read what was sent last
    told = Counted(
        status=done.returncode,
        stdout=done.stdout.decode(errors="replace"),
        stderr=done.stderr.decode(errors="replace"),
        packets=meter.packets if meter else 0,
        dns_queries=meter.dns_queries if meter else 0,
    )
    json.dump(asdict(told), sys.stdout)


def _bind(path: str, content: str) -> None:
    """Let a file of this machine read otherwise, in this mount namespace only."""
    own = Path(f"/run/coderev-test-{os.getpid()}")
    own.write_text(content, encoding="utf-8")
    try:
        subprocess.run(["mount", "--bind", str(own), str(Path(path).resolve())], check=True)
    finally:
        own.unlink()


@contextlib.contextmanager
def _running(argv: Sequence[str]) -> Iterator[None]:
    if not argv:
        yield
        return
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline(), f"{argv} did not start"
            yield
        finally:
            process.kill()


if __name__ == "__main__":
    _inside()
