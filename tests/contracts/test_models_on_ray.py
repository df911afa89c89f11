"""The contract suites of models once more, over replicas of Ray Serve: whoever calls them cannot tell where they run."""

import inspect

import pytest
import test_embedders
import test_emotions
import test_image_generators
import test_rerankers
import test_transcribers
from test_embedders import given  # noqa: F401
from test_emotions import voice  # noqa: F401
from test_transcribers import speech  # noqa: F401

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ray")]


def over(module, fixture):
    """The tests of a contract that rest on its fixture."""
    for name, test in vars(module).items():
        if name.startswith("test_") and inspect.isfunction(test) and fixture in inspect.signature(test).parameters:
            globals()[f"{name}__{fixture}"] = test


over(test_embedders, "embedder")
over(test_rerankers, "reranker")
over(test_image_generators, "generator")
over(test_transcribers, "transcriber")
over(test_emotions, "analyzer")


@pytest.fixture(scope="module", params=["words_in_two", "senses", "colours"])
def embedder(request, ray_models):
    return ray_models.served(request.param)


@pytest.fixture(scope="module")
def reranker(ray_models):
    return ray_models.served("reranker")


@pytest.fixture(params=["shapes"])
def generator(request, ray_models):
    return ray_models.served(request.param)


@pytest.fixture(scope="module")
def transcriber(ray_models):
    return ray_models.served("pocketsphinx")


@pytest.fixture(params=["felt_words", "felt_voice", "felt_face"])
def analyzer(request, ray_models):
    return ray_models.served(request.param)
