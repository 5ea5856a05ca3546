"""What a request may hold; what it may not is refused with the name of the field."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from copydesk.request import ReviewRequest

REPOSITORY = {"repository": "https://git.example.com/blog.git"}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"bogus": 1}, "bogus"),
        ({"priority": "urgent"}, "priority"),
        ({"paths": []}, "paths"),
        ({"ref": "main"}, "repository"),
        (REPOSITORY | {"ref": "--upload-pack=evil"}, "ref"),
        (REPOSITORY | {"ref": "a b"}, "ref"),
        (REPOSITORY | {"ref": "main..evil"}, "ref"),
        (REPOSITORY | {"base": "-x"}, "base"),
        (REPOSITORY | {"base": "HEAD@{1}"}, "base"),
        (REPOSITORY | {"ref": "a\nb"}, "ref"),
        (REPOSITORY | {"ref": "x" * 201}, "ref"),
        (REPOSITORY | {"paths": ["../other"]}, "paths"),
        (REPOSITORY | {"paths": ["/etc"]}, "paths"),
        (REPOSITORY | {"config": "../copydesk.yaml"}, "config"),
        (REPOSITORY | {"credentials": "ghp_Token"}, "credentials"),
        ({"repository": "ext::sh -c evil"}, "repository"),
        ({"repository": "--upload-pack=evil"}, "repository"),
        ({"repository": "https://user:password@git.example.com/blog.git"}, "repository"),
        ({"repository": "http://git.example.com/blog.git"}, "repository"),
    ],
)
def test_a_mistake_is_refused_with_the_name_of_its_field(given: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ReviewRequest.model_validate(given)
    assert field in str(caught.value)


@pytest.mark.parametrize(
    "repository",
    [
        "https://git.example.com/team/blog.git",
        "ssh://git@git.example.com/blog.git",
        "git@git.example.com:team/blog.git",
        "/srv/blog",
        "file:///srv/blog",
        ".",
    ],
)
def test_usual_addresses_are_taken(repository: str) -> None:
    asked = ReviewRequest.model_validate({"repository": repository, "ref": "feature/x-1", "base": "v1.2.3"})
    assert asked.repository == repository


def test_ref_and_base_beside_the_request_take_the_place_of_its_own_and_are_checked_too() -> None:
    request = ReviewRequest.model_validate(REPOSITORY | {"ref": "main", "gate": True})
    assert request.at("feature", "main").model_dump(include={"ref", "base", "gate"}) == {
        "ref": "feature",
        "base": "main",
        "gate": True,
    }
    assert request.at(None, None) is request
    with pytest.raises(ValidationError, match="ref"):
        request.at("--evil", None)


def test_the_form_says_of_every_field_what_it_is() -> None:
    schema = ReviewRequest.model_json_schema()
    assert schema["additionalProperties"] is False
    for name, field in schema["properties"].items():
        assert field.get("title") or "$ref" in field, name
        assert field.get("description"), name
