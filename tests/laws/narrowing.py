"""Promises made wider and narrower, one rule or field at a time."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

Json = dict[str, Any]

OTHER_TEXTS = ("refs/heads/main", "evil/widget", "push", "666", "https://github.com/evil/widget", "x")


def widened(document: Json, random: Random) -> Json:
    """Return a document in which some rules allow more, and which may have a second recipe: what can then be narrowed."""
    wide: Json = copy.deepcopy(document)
    for recipe in wide["recipes"]:
        recipe["minimum_level"] = random.randint(1, recipe["minimum_level"])
        for holder, key in _rules(recipe):
            if random.random() < 0.6:
                holder[key] = _wider(holder[key], random)
        if random.random() < 0.3:
            recipe["builder_ids"].append({"glob": "https://*/*/*/*"})
        if random.random() < 0.3:
            recipe["build_types"].append("https://builder.example/other")
    if random.random() < 0.4:
        wide["recipes"].append({**copy.deepcopy(random.choice(wide["recipes"])), "name": "second"})
        if random.random() < 0.5:
            wide["recipes"][0]["also_require"] = ["https://docs.pypi.org/attestations/publish/v1"]
    return wide


def _rules(recipe: Json) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = [(recipe["claims"], key) for key in recipe["claims"]]
    found += [(recipe["external_parameters"], key) for key in recipe["external_parameters"]]
    found += [(recipe["builder_ids"], index) for index in range(len(recipe["builder_ids"]))]
    if "identity" in recipe["signer"]:
        found.append((recipe["signer"], "identity"))
    return found


def _wider(rule: Json, random: Random) -> Json:
    match rule:
        case {"equals": value} if isinstance(value, str) and random.random() < 0.5:
            pieces = value.split("/")
            pieces[random.randrange(len(pieces))] = "*"
            return {"glob": "/".join(pieces)}
        case {"equals": value}:
            return {"one_of": [value, *random.sample(OTHER_TEXTS, 2)]}
        case {"template": text}:
            return {"glob": text.replace("{version}", "*")}
        case _:
            return {"any": True}


def narrowed(document: Json, random: Random) -> Json:
    """Return a document that allows less than the given one, or the same."""
    narrow: Json = copy.deepcopy(document)
    for _ in range(random.randint(1, 3)):
        recipe = random.choice(narrow["recipes"])
        random.choice(
            (_fewer_versions, _fewer_stages, _higher_level, _fewer_builders, _fewer_build_types, _one_rule, _more_rules)
        )(recipe, random)
        if len(narrow["recipes"]) > 1 and random.random() < 0.2:
            narrow["recipes"].remove(recipe)
    return narrow


def _fewer_versions(recipe: Json, random: Random) -> None:
    more = random.choice((">=1", "<2", "==1.*", "!=1.0", ">1.0", "~=1.0", "<1.0"))
    recipe["versions"] = f"{recipe['versions']},{more}" if "versions" in recipe else more


def _fewer_stages(recipe: Json, random: Random) -> None:
    stages = recipe.get("stages", ["final", "pre", "post", "dev"])
    recipe["stages"] = random.sample(stages, random.randint(1, len(stages)))


def _higher_level(recipe: Json, random: Random) -> None:
    recipe["minimum_level"] = random.randint(recipe["minimum_level"], 3)


def _fewer_builders(recipe: Json, random: Random) -> None:
    if len(recipe["builder_ids"]) > 1:
        recipe["builder_ids"].remove(random.choice(recipe["builder_ids"]))


def _fewer_build_types(recipe: Json, random: Random) -> None:
    if len(recipe["build_types"]) > 1:
        recipe["build_types"].remove(random.choice(recipe["build_types"]))


def _one_rule(recipe: Json, random: Random) -> None:
    holder, key = random.choice(_rules(recipe))
    match holder[key]:
        case {"one_of": values} if len(values) > 1:
            holder[key] = {"one_of": random.sample(values, len(values) - 1)}
        case {"one_of": [value]}:
            holder[key] = {"equals": value}
        case {"glob": pattern}:
            filled = pattern.replace("*", random.choice(("*x", "widget", "v*", "example")), 1)
            holder[key] = {"glob": filled} if "*" in filled else {"equals": filled}
        case {"any": True, **rest} if rest:
            holder[key] = {"any": True}
        case {"any": True}:
            holder[key] = random.choice(({"glob": "*"}, {"equals": "push"}, {"template": "{version}"}))


def _more_rules(recipe: Json, random: Random) -> None:
    claim = random.choice(("runner_environment", "source_repository_ref", "deployment_environment"))
    if claim not in recipe["claims"]:
        recipe["claims"][claim] = random.choice(({"any": True}, {"equals": "github-hosted"}, {"glob": "refs/tags/*"}))
    elif random.random() < 0.3:
        recipe["also_require"] = ["https://docs.pypi.org/attestations/publish/v1"]


def loaded(canonical: bytes) -> Json:
    """Return a document to be changed."""
    document: Json = json.loads(canonical)
    return document
