"""`docs/howto/run-the-database.md` is true: every screen of it runs."""

from pathlib import Path

from stand_ins.command import environment_of
from stand_ins.screens import command_folder, run_page

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/howto/run-the-database.md"


def test_the_screens_are_as_the_page_says(tmp_path: Path) -> None:
    room, home = tmp_path / "room", tmp_path / "home"
    room.mkdir()
    env = environment_of(home)
    env["PATH"] = f"{command_folder(tmp_path / 'bin')}:{env['PATH']}"

    ran = run_page(PAGE, room, env)

    assert len(ran) == 4
