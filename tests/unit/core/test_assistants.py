from core.assistants import assistants


def test_a_trailer_names_an_assistant() -> None:
    assert assistants("x\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n") == ["claude"]


def test_a_text_without_a_trailer_names_none() -> None:
    assert assistants("x\n\nClaude says so\n") == []
