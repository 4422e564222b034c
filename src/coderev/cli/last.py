"""The last result and its run record, kept in the user's data folder for `coderev explain`."""

from pathlib import Path
from typing import Any

import msgspec

from coderev.errors import InputError
from coderev.files import CannotWrite, data_folder, write_atomic
from coderev.finding import Result

RESULT_FILE = "last-result.json"
RUN_RECORD_FILE = "last-run-record.json"


class NoLastResult(InputError):
    """There is no result to explain."""

    message = "there is no last result in {path}"
    hint = "run `coderev review` first, or name a JSON result with --from FILE"


class UnreadableResult(InputError):
    """A file that should hold a JSON result does not."""

    message = "{path} is not a JSON result of coderev: {reason}"
    hint = "make one with `coderev review --format json --output FILE`"


def keep_last(result: Result, run_record: dict[str, Any]) -> str | None:
    """Keep a result for `explain`; where the folder cannot be written, say why instead: the review stands."""
    try:
        folder = data_folder()
        write_atomic(folder / RESULT_FILE, msgspec.json.encode(result), mode=0o600)
        write_atomic(folder / RUN_RECORD_FILE, run_record_bytes(run_record), mode=0o600)
    except CannotWrite as error:
        return str(error)
    return None


def run_record_bytes(run_record: dict[str, Any]) -> bytes:
    """A run record as it is written."""
    return msgspec.json.format(msgspec.json.encode(run_record), indent=2) + b"\n"


def read_result(path: Path | None) -> Result:
    """Read a JSON result, the last one where no path is given. Raises NoLastResult, UnreadableResult."""
    if path is None:
        path = data_folder() / RESULT_FILE
        if not path.exists():
            raise NoLastResult(path=path)
    try:
        return msgspec.json.decode(path.read_bytes(), type=Result)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableResult(path=path, reason=error) from error
