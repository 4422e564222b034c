"""A stand-in of paramiko: a command on another host is text for its shell."""

from typing import Any

from permissive import Permissive

from benchmarks.taint.worlds_python.world import world


class _Channel:
    def recv_exit_status(self) -> int:
        return 0


class _Stream:
    channel = _Channel()

    def read(self) -> bytes:
        return b""

    def readlines(self) -> list[str]:
        return []

    def __iter__(self) -> Any:
        return iter(())


class AutoAddPolicy:
    """Takes any key."""


class RejectPolicy:
    """Takes none."""


class WarningPolicy:
    """Takes any, with a warning."""


class SSHClient:
    """A client."""

    def set_missing_host_key_policy(self, policy: Any) -> None:
        """Record which keys are taken."""
        name = policy.__name__ if isinstance(policy, type) else type(policy).__name__
        world.record("configuration", "paramiko.SSHClient.set_missing_host_key_policy", {"policy": name})

    def load_system_host_keys(self, *_args: Any) -> None:
        """Nothing."""

    load_host_keys = load_system_host_keys

    def connect(self, hostname: Any, *_args: Any, **named: Any) -> None:
        """Record the host."""
        world.record("connect", "paramiko.SSHClient.connect", {"hostname": hostname, **named})

    def exec_command(self, command: Any, *_args: Any, **_named: Any) -> tuple[Any, Any, Any]:
        """Record the command."""
        world.record("shell", "paramiko.SSHClient.exec_command", str(command))
        return _Stream(), _Stream(), _Stream()

    def open_sftp(self) -> Any:
        """Files there."""
        return Permissive()

    def close(self) -> None:
        """Nothing."""

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_details: object) -> None:
        pass


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return Permissive
