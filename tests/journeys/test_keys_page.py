"""`docs/howto/keys.md` is a ceremony that runs: every screen of it."""

from pathlib import Path

from stand_ins.command import environment_of
from stand_ins.screens import command_folder, run_page

ROOT = Path(__file__).parents[2]


def test_the_ceremony_is_as_the_page_says(tmp_path: Path) -> None:
    room = tmp_path / "room"
    (room / "site").mkdir(parents=True)
    (room / "passphrase").write_text("correct horse battery staple\n")
    (room / "passphrase").chmod(0o600)
    (room / "site/coderev.yaml").write_text(f"bundle:\n  state: {room}/state\n")
    env = environment_of(tmp_path / "home")

    ran = run_page(
        ROOT / "docs/howto/keys.md", room, env | {"PATH": f"{command_folder(tmp_path / 'bin')}:{env['PATH']}"}
    )

    assert len(ran) == 16
    assert sorted(path.name for path in (room / "tuf").iterdir()) == ["1.root.json", "2.root.json"]
