"""Work for a pool of spawned processes: they import it by name, which a test module has not."""

import os
import signal


def double(number: int) -> int:
    return 2 * number


def die_at_three(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def fail_at_three(number: int) -> int:
    if number == 3:
        raise ValueError(number)
    return number
