"""Settings: flag > environment > file > default, and every value knows where it came from."""

from pathlib import Path

import pytest

from assistant.limits import Limits
from assistant.profiles import BUNDLED, Models
from assistant.settings import Settings, read
from retrieval.faults import InvalidInput


def test_defaults_need_nothing(tmp_path):
    settings = read(environ={}, file=tmp_path / "none.toml")
    assert settings.profile == "bundled"
    assert settings.sources == {}
    assert settings.backend("chat_model") == ("reflex", "")


def test_flag_beats_environment_beats_file(tmp_path):
    file = tmp_path / "assistant.toml"
    file.write_text('port = 1001\nui_port = 2001\nhost = "::1"\n[limits]\nmodel_calls = 3\n')
    environ = {"ASSISTANT_PORT": "1002", "ASSISTANT_UI_PORT": "2002"}
    settings = read({"port": 1003, "host": None}, environ, file)
    assert (settings.port, settings.ui_port, settings.host, settings.limits.model_calls) == (1003, 2002, "::1", 3)
    assert settings.sources == {
        "port": "flag",
        "ui_port": "environment ASSISTANT_UI_PORT",
        "host": f"file {file}",
        "limits.model_calls": f"file {file}",
    }


def test_a_role_is_overridden_with_a_reference():
    settings = read(environ={"ASSISTANT_MODELS_CHAT_MODEL": "openai_http:http://localhost:11434/v1#qwen3-vl"})
    assert settings.backend("chat_model") == ("openai_http", "http://localhost:11434/v1#qwen3-vl")


def test_names_that_people_already_export_are_honoured():
    settings = read(environ={"OFFLINE": "1", "OPENAI_API_KEY": "sk-x"})
    assert settings.offline
    assert settings.openai_api_key == "sk-x"
    assert "sk-x" not in repr(settings)


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({"ASSISTANT_PORT": "many"}, "port"),
        ({"ASSISTANT_PROFILE": "huge"}, "profile"),
        ({"ASSISTANT_LIMITS_MODEL_CALLS": "0"}, "limits.model_calls"),
    ],
)
def test_a_bad_value_names_key_value_and_source(environ, name):
    with pytest.raises(InvalidInput) as caught:
        read(environ=environ)
    assert name in caught.value.message
    assert next(iter(environ)) in caught.value.message
    assert next(iter(environ.values())) in caught.value.message


def test_unknown_keys_and_broken_files_are_refused(tmp_path):
    file = tmp_path / "assistant.toml"
    file.write_text("prot = 1\n")
    with pytest.raises(InvalidInput, match="prot"):
        read(environ={}, file=file)
    file.write_text("port = \n")
    with pytest.raises(InvalidInput, match="not valid TOML"):
        read(environ={}, file=file)


def test_every_role_has_a_bundled_backend():
    assert all(getattr(BUNDLED, role) for role in Models.model_fields)
    assert Path(Settings().data_dir) == Path("data")
    assert "~" not in str(Settings().cache_dir), "a folder named ~ would be made in the working directory"
    assert Limits().image_pixels == 20_000_000
