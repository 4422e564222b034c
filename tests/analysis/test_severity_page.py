from pathlib import Path

from coderev.analysis import severity_page

PAGE = Path(__file__).parents[2] / "spec" / "analyser-severity.md"


def test_the_severity_page_is_what_the_code_does() -> None:
    assert PAGE.read_text(encoding="utf-8") == severity_page(), "write `severity_page()` to spec/analyser-severity.md"
