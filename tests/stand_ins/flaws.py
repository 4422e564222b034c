"""Code with one known flaw each, and a repository whose topic branch brings them."""

from pathlib import Path

from stand_ins.repository import PaperRepository

CLEAN = "def total(prices):\n    return sum(prices)\n"
HIGH_RULE = "structural/py-sql-built"
HIGH = "def search(db, name):\n    return db.execute(f\"SELECT id FROM patients WHERE name = '{name}'\")\n"
MEDIUM_RULE = "ruff/B006"
MEDIUM = "def gather(rows=[]):\n    rows.append(1)\n    return rows\n"


def flawed_repository(folder: Path) -> PaperRepository:
    """A repository on its branch `topic`, which brings a high and a medium finding over `main`; nothing is dirty."""
    repository = PaperRepository(folder)
    repository.write("total.py", CLEAN)
    repository.commit("honest work")
    repository.branch("topic")
    repository.write("search.py", HIGH)
    repository.write("gather.py", MEDIUM)
    repository.commit("two flaws")
    return repository
