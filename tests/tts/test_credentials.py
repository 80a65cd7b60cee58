"""A key is looked up when it is needed, and shown to nobody."""

import pytest

from sse_pipeline.tts import SpeechConfig, SpeechConfigError, SpeechPolicy

POLICY = SpeechPolicy(variables=["SPEECH_KEY"])


def test_no_reference_means_no_key():
    assert SpeechConfig().secret() is None


def test_a_reference_names_a_variable_or_is_a_callable(monkeypatch):
    monkeypatch.setenv("SPEECH_KEY", "a-secret")
    by_name = SpeechConfig(credentials="env:SPEECH_KEY", policy=POLICY)
    by_call = SpeechConfig(credentials=lambda: "a-secret")
    assert by_name.secret() == by_call.secret() == "a-secret"
    assert "SPEECH_KEY" not in repr(by_name)
    assert "a-secret" not in repr(by_name)


@pytest.mark.parametrize("reference", ["env:SPEECH_KEY", lambda: "", lambda: None])
def test_a_reference_to_nothing_is_refused_when_it_is_used(monkeypatch, reference):
    monkeypatch.delenv("SPEECH_KEY", raising=False)
    config = SpeechConfig(credentials=reference, policy=POLICY)
    with pytest.raises(SpeechConfigError, match=r"^credentials: .* gives no key"):
        config.secret()


def test_a_callable_that_fails_is_not_quoted():
    def refuse():
        raise RuntimeError("a-secret")

    with pytest.raises(SpeechConfigError, match=r"^credentials: the callable failed$"):
        SpeechConfig(credentials=refuse).secret()


def test_a_key_in_the_wrong_place_is_not_repeated():
    with pytest.raises(SpeechConfigError) as refusal:
        SpeechConfig(credentials="sk-a-secret")
    assert "a-secret" not in str(refusal.value)
