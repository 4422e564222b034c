import pytest

from coderev.finding import Category
from coderev.review.severity import severity_of


@pytest.mark.parametrize(
    ("category", "consequence", "expected"),
    [
        ("security", "code-execution: the caller runs commands", "critical"),
        ("security", "Data-Exposure : a patient's file is shown", "high"),
        ("security", "something odd", "medium"),
        ("bug", "data-loss: the booking vanishes", "high"),
        ("bug", "crash: None has no name", "medium"),
        ("bug", "unclear: who knows", "low"),
        ("performance", "hang: never ends", "medium"),
        ("performance", "slow: reads twice", "low"),
        ("maintainability", "code-execution: nonsense", "low"),
        ("documentation", "unclear: says the opposite", "info"),
    ],
)
def test_severity_is_read_from_the_table(category: Category, consequence: str, expected: str) -> None:
    assert severity_of(category, consequence, test_code=False) == expected


def test_test_code_counts_one_step_less_and_never_falls_off_the_table() -> None:
    assert severity_of("security", "code-execution: x", test_code=True) == "high"
    assert severity_of("documentation", "unclear: x", test_code=True) == "info"
