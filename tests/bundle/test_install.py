"""Installing: spec/bundle.md 7."""

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from stand_ins.bundles import FILES, NOW, Hospital, hospital, seq_files

from coderev.bundle.format.entries import Assumes, Database, Role
from coderev.bundle.format.unpacking import ContentWrong
from coderev.bundle.host.generations import GenerationDamaged, read_contents
from coderev.bundle.host.health import HealthFailed
from coderev.bundle.host.store import OriginDamaged
from coderev.bundle.install import Told
from coderev.bundle.journal import Journal
from coderev.bundle.judge import AssumptionUnmet
from coderev.bundle.planning import NoRoom, OriginMissing, Plan, RoleUnknown, Room
from coderev.bundle.rollback import Wish, rollback
from coderev.trust.generations import DatabaseIncompatible, GenerationUnknown, RollbackRefused

ADVISORIES: dict[str, Any] = {"kind": "advisories", "maximum_age_days": 30}


def outcomes(site: Hospital) -> list[str | None]:
    return [attempt.ended.outcome if attempt.ended else None for attempt in Journal(site.site.state).history()]


def go_back(site: Hospital, seq: int | None = None, schema: int | None = None) -> str:
    return rollback(Wish(seq=seq, schema=schema), site.order(), NOW, lambda _: None).name


def test_a_bundle_becomes_live_with_every_file_and_mode(tmp_path: Path) -> None:
    """7.3, 7.4: also where the umask hides everything from others."""
    site = hospital(tmp_path)
    before = os.umask(0o077)

    try:
        done = site.install(site.depot.make(tmp_path / "bundle"))
    finally:
        os.umask(before)

    live = site.site.current("release")
    modes = {path: oct((live / path).stat().st_mode & 0o777) for path in ("bin/coderev", "empty", "bin", "", "../..")}
    assert done.outcome == "installed"
    assert site.tree() == seq_files(7)
    assert modes == {"bin/coderev": "0o755", "empty": "0o644", "bin": "0o755", "": "0o755", "../..": "0o755"}


def test_what_was_packed_is_unpacked_and_proved(tmp_path: Path) -> None:
    """4.6."""
    site, files = hospital(tmp_path), {**FILES, "long": b"0123456789" * 300_000}

    site.install(site.depot.make(tmp_path / "bundle", files, packed={"long"}))

    assert site.tree() == files


def test_media_are_read_in_any_order_and_nothing_is_joined(tmp_path: Path) -> None:
    """1.2: a blob lies on two media."""
    site, files = hospital(tmp_path), {**FILES, "long": os.urandom(40 << 20)}
    bundle = site.depot.make(tmp_path / "bundle", files, medium_size=17 << 20)
    first, *others = sorted(bundle.iterdir())

    site.install(*others, first)

    assert len(others) == 2
    assert site.tree() == files


def test_installing_what_is_live_changes_nothing(tmp_path: Path) -> None:
    """7.9."""
    site = hospital(tmp_path)
    bundle = site.depot.make(tmp_path / "bundle")
    site.install(bundle)
    before = {path: path.lstat().st_mtime_ns for path in (tmp_path / "opt").rglob("*")}

    done = site.install(bundle)

    assert done.outcome == "live already"
    assert {path: path.lstat().st_mtime_ns for path in (tmp_path / "opt").rglob("*")} == before
    assert outcomes(site) == ["installed", "live already"]


def test_a_live_generation_that_was_damaged_is_mended_by_its_bundle(tmp_path: Path) -> None:
    """7.9, 8.4."""
    site = hospital(tmp_path)
    bundle = site.depot.make(tmp_path / "bundle")
    site.install(bundle)
    (site.site.current("release") / "VERSION").write_bytes(b"6\n")

    done = site.install(bundle)

    assert done.outcome == "installed"
    assert site.tree() == seq_files(7)


def test_generations_share_what_did_not_change(tmp_path: Path) -> None:
    """7.4: hard links."""
    site = hospital(tmp_path)

    old = site.install(site.depot.make(tmp_path / "seven", seq=7))
    new = site.install(site.depot.make(tmp_path / "eight", seq=8))

    assert (old.folder / "sbom.cdx.json").samefile(new.folder / "sbom.cdx.json")
    assert not (old.folder / "VERSION").samefile(new.folder / "VERSION")
    assert site.live == new.generation.name


def test_three_generations_are_kept_and_the_store_has_no_more_than_they_need(tmp_path: Path) -> None:
    """7.11."""
    site = hospital(tmp_path)

    for seq in range(1, 6):
        site.install(site.depot.make(tmp_path / f"{seq}", seq=seq))

    kept = sorted(path.name.partition("-")[0] for path in (tmp_path / "opt/generations").iterdir())
    store = {path.read_bytes() for path in (tmp_path / "opt/store").rglob("*") if path.is_file()}
    assert kept == ["3", "4", "5"]
    assert {content for content in store if content[1:] == b"\n"} == {b"3\n", b"4\n", b"5\n"}


def test_a_host_gets_the_files_of_its_roles_only(tmp_path: Path) -> None:
    """7.14."""
    site = hospital(tmp_path)
    roles = {"app": Role(paths=("bin", "sbom.cdx.json")), "gpu": Role(paths=("models",))}
    bundle = site.depot.make(tmp_path / "bundle", roles=roles)

    site.install(bundle)
    app = set(site.tree())
    site.install(bundle, roles=("app", "gpu"))

    assert app == {"bin/coderev", "sbom.cdx.json"}
    assert set(site.tree()) == app | {"models/small/config.json", "models/small/model.gguf"}


def test_a_role_that_the_bundle_does_not_have_is_refused(tmp_path: Path) -> None:
    """2.7."""
    site = hospital(tmp_path)

    with pytest.raises(RoleUnknown):
        site.install(site.depot.make(tmp_path / "bundle"), roles=("station",))


def test_a_delta_brings_the_tree_that_the_whole_bundle_would_have_brought(tmp_path: Path) -> None:
    """9.1, 9.5."""
    site, other = hospital(tmp_path / "one"), hospital(tmp_path / "two")
    base = site.install(site.depot.make(tmp_path / "seven", seq=7)).verified.manifest
    delta = site.depot.make(tmp_path / "delta", seq_files(8), seq=8, since=base)

    new = site.install(delta)
    whole = other.install(other.depot.make(tmp_path / "eight", seq_files(8), seq=8))

    assert sum(path.stat().st_size for path in (delta / "parts").iterdir()) == 2
    assert new.verified.manifest.tree_digest == whole.verified.manifest.tree_digest
    assert site.tree() == other.tree() == seq_files(8)


def test_a_patch_is_unpacked_over_the_content_that_the_site_has(tmp_path: Path) -> None:
    """9.2, 9.3."""
    site = hospital(tmp_path)
    old = os.urandom(300_000)
    new = old[:1000] + b"changed" + old[1000:]
    base = site.install(site.depot.make(tmp_path / "seven", {**FILES, "weights": old}, seq=7)).verified.manifest
    files = {**FILES, "weights": new}

    delta = site.depot.make(tmp_path / "delta", files, seq=8, since=base, patched={"weights": old})
    site.install(delta)

    assert (delta / "parts/0000.part").stat().st_size < 1000
    assert site.tree() == files


def test_a_patch_that_starts_from_what_is_not_here_gives_nothing(tmp_path: Path) -> None:
    """9.3."""
    site = hospital(tmp_path)
    old = os.urandom(300_000)
    base = site.install(site.depot.make(tmp_path / "seven", {**FILES, "weights": old}, seq=7)).verified.manifest
    forged = site.depot.make(
        tmp_path / "delta", {**FILES, "weights": old + b"x"}, seq=8, since=base, patched={"weights": old[:-1]}
    )

    with pytest.raises(ContentWrong, match="starts from is not here"):
        site.install(forged)

    assert site.tree() == {**FILES, "weights": old}


def test_a_delta_is_refused_where_its_base_is_not(tmp_path: Path) -> None:
    """9.1."""
    site, other = hospital(tmp_path / "one"), hospital(tmp_path / "two")
    base = other.install(other.depot.make(tmp_path / "six", seq=6)).verified.manifest
    site.install(site.depot.make(tmp_path / "seven", seq=7))
    live = site.live

    with pytest.raises(OriginMissing):
        site.install(site.depot.make(tmp_path / "delta", seq_files(8), seq=8, since=base))

    assert site.live == live


def test_a_delta_is_refused_where_what_its_base_holds_is_damaged(tmp_path: Path) -> None:
    """9.1: the other way is the whole bundle."""
    site = hospital(tmp_path)
    base = site.install(site.depot.make(tmp_path / "seven", seq=7)).verified.manifest
    delta = site.depot.make(tmp_path / "delta", seq_files(8), seq=8, since=base)
    (site.site.current("release") / "sbom.cdx.json").write_bytes(b"")

    with pytest.raises(OriginDamaged):
        site.install(delta)

    site.install(site.depot.make(tmp_path / "eight", seq_files(8), seq=8))
    assert site.tree() == seq_files(8)


def test_models_may_lie_on_another_file_system(tmp_path: Path) -> None:
    """7.3, 7.4: the generation has a link to each model's folder, and both have hard links."""
    if not Path("/dev/shm").is_dir() or Path("/dev/shm").stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system to write to")
    import tempfile

    with tempfile.TemporaryDirectory(dir="/dev/shm") as models:
        site = hospital(tmp_path, models=models)
        bundle = with_a_model(site, tmp_path / "bundle", 7)

        done = site.install(bundle)
        again = site.install(with_a_model(site, tmp_path / "eight", 8))
        contents = read_contents(site.site, "release", done.generation)

        assert (done.folder / "models/small").is_symlink()
        assert site.tree()["models/small/model.gguf"] == FILES["models/small/model.gguf"]
        assert (done.folder / "models/small/config.json").samefile(again.folder / "models/small/config.json")
        assert contents.model_folders == ("models/small",)
        assert go_back(site) == done.generation.name


def with_a_model(site: Hospital, folder: Path, seq: int) -> Path:
    from coderev.bundle.format.entries import Model
    from coderev.bundle.format.manifest import tree_digest

    probe = hospital(folder / "probe", site.depot)
    files = seq_files(seq)
    tree = probe.verify(site.depot.make(folder / "plain", files, seq=seq)).verified.manifest.tree
    entry = Model(
        name="small",
        folder="models/small",
        licence="MIT",
        use_policy="any use",
        quantisation="q4",
        digest=tree_digest(tree, below="models/small"),
    )
    return site.depot.make(folder / "bundle", files, seq=seq, models=(entry,))


def test_what_the_bundle_assumes_must_be_so(tmp_path: Path) -> None:
    """6.8."""
    site = hospital(tmp_path)

    for assumes in (Assumes(commands=("no-such-program",)), Assumes(seq=3)):
        with pytest.raises(AssumptionUnmet):
            site.install(site.depot.make(tmp_path / assumes.__repr__()[:20], assumes=assumes))

    assert site.live is None


def test_room_is_looked_at_before_anything_is_written() -> None:
    """6.8: bytes and inodes; a file system that makes inodes as it needs them has enough."""
    fits = Room(path=Path("/x"), bytes=10, inodes=5, free=10, free_inodes=5)
    endless = Room(path=Path("/x"), bytes=10, inodes=5, free=10, free_inodes=None)

    fits.check()
    endless.check()
    for short in (replace(fits, free=9), replace(fits, free_inodes=4)):
        with pytest.raises(NoRoom):
            short.check()


class _Declined(Exception):
    pass


def test_the_plan_says_what_will_be_written_and_nothing_is_before_it_is_accepted(tmp_path: Path) -> None:
    """7.1: but the lock and the journal."""
    site, seen = hospital(tmp_path), list[Plan]()
    bundle = site.depot.make(tmp_path / "bundle")

    def decline(plan: Plan) -> None:
        seen.append(plan)
        raise _Declined

    with pytest.raises(_Declined):
        site.install(bundle, told=Told(plan=decline))

    distinct = set(seq_files(7).values())
    assert seen[0].stock.bytes == sum(map(len, distinct))
    assert (seen[0].parts, seen[0].before) == ((0,), None)
    assert sorted(path.name for path in tmp_path.rglob("*") if "bundle" not in path.parts) == [
        "journal.jsonl",
        "lock",
        "opt",
        "state",
    ]


def test_a_failed_last_step_swaps_back_by_itself(tmp_path: Path) -> None:
    """7.10: and the step runs again for what is live again."""
    log = tmp_path / "log"
    step = ("sh", "-c", f'cat "$0/VERSION" >> {log}; ! grep -q 8 "$0/VERSION"', "{current}")
    site = hospital(tmp_path, last_step=step)
    old = site.install(site.depot.make(tmp_path / "seven", seq=7))

    with pytest.raises(HealthFailed, match=f"last_step failed.*{old.generation.name} is live again"):
        site.install(site.depot.make(tmp_path / "eight", seq=8))

    assert site.tree() == seq_files(7)
    assert log.read_text() == "7\n8\n7\n"
    assert outcomes(site) == ["installed", "swapped back"]


def test_a_first_installation_whose_gate_fails_leaves_nothing_live(tmp_path: Path) -> None:
    """7.10."""
    site = hospital(tmp_path, last_step=("false",))

    with pytest.raises(HealthFailed, match="nothing is live again"):
        site.install(site.depot.make(tmp_path / "bundle"))

    assert site.live is None


def test_after_mending_a_rerun_installs_without_reading_the_media_again(tmp_path: Path) -> None:
    """7.6, 7.10."""
    gate = tmp_path / "gate"
    site = hospital(tmp_path, last_step=("test", "-e", str(gate)))
    bundle = site.depot.make(tmp_path / "bundle")
    with pytest.raises(HealthFailed):
        site.install(bundle)
    (bundle / "parts/0000.part").unlink()
    gate.touch()

    done = site.install(bundle)

    assert done.outcome == "installed"
    assert site.tree() == seq_files(7)


def test_a_check_of_the_staged_program_that_fails_exchanges_nothing(tmp_path: Path) -> None:
    """7.5, 7.13: `config` and `review` run the program that was staged."""
    site = hospital(tmp_path)
    site.install(site.depot.make(tmp_path / "seven", seq=7))
    broken = seq_files(8) | {"bin/coderev": b"#!/bin/sh\nexit 70\n", "examples/a.patch": b""}

    for check in ("config", "review"):
        with pytest.raises(HealthFailed, match=f"{check} failed: it left with status 70; nothing was exchanged"):
            site.install(site.depot.make(tmp_path / check, broken, seq=8, health=("files", check)))

    assert site.tree() == seq_files(7)


def test_the_checks_of_a_program_that_works_pass(tmp_path: Path) -> None:
    """7.13."""
    site = hospital(tmp_path)
    files = seq_files(7) | {"examples/a.patch": b"x"}

    site.install(site.depot.make(tmp_path / "bundle", files, health=("files", "config", "review")))

    assert site.tree() == files


def test_a_check_that_could_not_run_has_failed(tmp_path: Path) -> None:
    """7.10: no address is named for `http`, and the bundle has no example for `review`."""
    site = hospital(tmp_path)

    with pytest.raises(HealthFailed, match=r"no bundle\.health_url"):
        site.install(site.depot.make(tmp_path / "http", health=("files", "http")))
    with pytest.raises(HealthFailed, match=r"has no examples"):
        site.install(site.depot.make(tmp_path / "review", health=("files", "review")))


def test_going_back_is_recorded_and_keeps_the_floor(tmp_path: Path) -> None:
    """8.1, 8.2."""
    site = hospital(tmp_path)
    six = site.depot.make(tmp_path / "six", seq=6)
    old = site.install(site.depot.make(tmp_path / "seven", seq=7))
    new = site.install(site.depot.make(tmp_path / "eight", seq=8))

    name = go_back(site)

    assert name == site.live == old.generation.name
    assert site.tree() == seq_files(7)
    with pytest.raises(RollbackRefused):
        site.install(six)
    assert go_back(site, seq=8) == new.generation.name
    assert outcomes(site) == ["installed", "installed", "gone back", "refused", "gone back"]


def test_a_site_without_another_generation_cannot_go_back(tmp_path: Path) -> None:
    """8.1."""
    site = hospital(tmp_path)
    site.install(site.depot.make(tmp_path / "seven"))

    with pytest.raises(GenerationUnknown):
        go_back(site)


def test_going_back_beyond_the_database_is_refused_with_the_command_that_restores_it(tmp_path: Path) -> None:
    """8.3: what the live generation migrated to counts, unless it is said."""
    site = hospital(tmp_path)
    old = Database(lowest=1, highest=2, schema=2)
    new = Database(lowest=2, highest=3, schema=3)
    site.install(site.depot.make(tmp_path / "seven", seq=7, database=old))
    site.install(site.depot.make(tmp_path / "eight", seq=8, database=new))

    with pytest.raises(DatabaseIncompatible) as caught:
        go_back(site)

    assert "pg_restore" in caught.value.next_step
    assert go_back(site, schema=2).startswith("7-")


def test_a_damaged_live_generation_can_be_left(tmp_path: Path) -> None:
    """8.1, 8.4: only the one that is gone back to must be whole."""
    site = hospital(tmp_path)
    site.install(site.depot.make(tmp_path / "seven", seq=7))
    new = site.install(site.depot.make(tmp_path / "eight", seq=8))
    shutil.rmtree(new.folder)

    go_back(site)

    assert site.tree() == seq_files(7)


def test_a_failing_last_step_after_going_back_is_told_and_the_generation_stays(tmp_path: Path) -> None:
    """8.1."""
    gate = tmp_path / "gate"
    gate.touch()
    site = hospital(tmp_path, last_step=("test", "-e", str(gate)))
    old = site.install(site.depot.make(tmp_path / "seven", seq=7))
    site.install(site.depot.make(tmp_path / "eight", seq=8))
    gate.unlink()

    with pytest.raises(HealthFailed, match="is live"):
        go_back(site)

    assert site.live == old.generation.name


def test_generations_of_advisories_lie_in_a_folder_of_their_own(tmp_path: Path) -> None:
    """7.4, 7.6, 7.11: and each kind keeps three, with the contents that they need."""
    site, folder = hospital(tmp_path), tmp_path / "opt/advisories"
    release = site.install(site.depot.make(tmp_path / "release", seq=70))

    done = [
        site.install(site.depot.make(tmp_path / f"{seq}", seq_files(seq), seq=seq, **ADVISORIES)) for seq in range(3, 7)
    ]

    live = folder / "current"
    assert {path.name for path in (tmp_path / "opt/generations").iterdir()} == {release.generation.name}
    assert {path.name for path in (folder / "generations").iterdir()} == {each.generation.name for each in done[1:]}
    assert str(live.readlink()) == f"generations/{done[-1].generation.name}"
    assert (live / "VERSION").read_bytes() == b"6\n"
    assert (live / "VERSION").stat().st_nlink == 2  # with the store, which both kinds have
    assert site.tree() == seq_files(70)


def test_going_back_with_advisories_leaves_the_release(tmp_path: Path) -> None:
    """7.6, 8.1, 8.2."""
    site = hospital(tmp_path)
    release = site.install(site.depot.make(tmp_path / "release", seq=70))
    three = site.install(site.depot.make(tmp_path / "three", seq=3, **ADVISORIES))
    site.install(site.depot.make(tmp_path / "four", seq=4, **ADVISORIES))

    rollback(Wish(kind="advisories"), site.order(), NOW, lambda _: None)

    assert site.site.live_name("advisories") == three.generation.name
    assert site.live == release.generation.name
    with pytest.raises(RollbackRefused):
        site.install(tmp_path / "three")


def test_advisories_have_their_own_generations_and_floor(tmp_path: Path) -> None:
    """2.3."""
    site = hospital(tmp_path)
    site.install(site.depot.make(tmp_path / "release", seq=70))

    done = site.install(site.depot.make(tmp_path / "bases", seq=3, **ADVISORIES))

    assert site.live is not None
    assert site.live.startswith("70-")
    assert site.site.live_name("advisories") == done.generation.name
    with pytest.raises(RollbackRefused):
        site.install(site.depot.make(tmp_path / "older", seq=2, **ADVISORIES))
    assert site.tree() == seq_files(70)


def test_a_kept_generation_that_was_damaged_is_refused_and_the_others_stay(tmp_path: Path) -> None:
    """8.4."""
    site = hospital(tmp_path)
    old = site.install(site.depot.make(tmp_path / "seven", seq=7))
    new = site.install(site.depot.make(tmp_path / "eight", seq=8))
    (old.folder / "VERSION").write_bytes(b"0\n")

    with pytest.raises(GenerationDamaged, match="VERSION: its content was changed"):
        go_back(site)

    assert site.live == new.generation.name
    assert site.tree() == seq_files(8)
