"""Two at once, half a client, a full disk: each has one right outcome, and leaves nothing else behind."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests

from tests.kills.place import Place, Upload
from tests.support.distributions import sdist
from tests.support.uploader import form_of

CLIENTS = 6

NOTICED_WITHIN = 15.0
"""Seconds in which the server has to see that a client is gone."""


def _at_once(place: Place, uploads: Sequence[Upload]) -> list[requests.Response]:
    with ThreadPoolExecutor(len(uploads)) as clients:
        return list(clients.map(lambda upload: upload.send(place.registry), uploads))


def test_the_same_file_by_several_at_once(place: Place) -> None:
    """Two uploads of one file name at once: one lets it in, and all are told that it is there."""
    place.upload("widget").send(place.registry).raise_for_status()
    upload = place.upload("widget")
    answers = _at_once(place, [upload] * CLIENTS)
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(answer.json()["message"] for answer in answers).count("accepted") == 1
    place.settle()
    assert place.agent.ask("abandon") == []


def test_two_contents_under_one_name_at_once(place: Place) -> None:
    """A file name is used once: of two contents one wins, and the other is told that the name is used."""
    place.upload("widget").send(place.registry).raise_for_status()
    first = place.upload("widget")
    version = first.filename.removeprefix("widget-").removesuffix(".tar.gz")
    _, other = sdist("widget", version, summary="Other bytes under the same name.")
    second = place.attested(first.name, first.filename, other, first.secret)
    answers = _at_once(place, [first, second])
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    place.settle()


def test_two_first_uploads_of_one_name_at_once(place: Place) -> None:
    """First use: of two builds by different owners one binds the name, and the other is judged by what it bound."""
    honest = place.upload("contested")
    foreign = place.upload("contested", owner_id="666")
    answers = _at_once(place, [honest, foreign])
    assert sorted(answer.status_code for answer in answers) == [200, 400]
    place.settle()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_client_that_stops_half_way(place: Place, share: float) -> None:
    """A client that goes away leaves no file, no row and nothing in quarantine; the server goes on."""
    upload = place.upload("widget")
    prepared = requests.Request(
        "POST",
        f"{place.registry.url}/legacy/",
        data=form_of(upload.name, upload.filename, upload.content),
        files={"content": (upload.filename, b"x" * 2_000_000)},
        headers={"Authorization": f"Bearer {upload.secret}"},
    ).prepare()
    assert isinstance(prepared.body, bytes)
    address = urlsplit(place.registry.url)
    head = "".join(f"{name}: {value}\r\n" for name, value in prepared.headers.items())
    with socket.create_connection((address.hostname, address.port), timeout=30) as client:
        client.sendall(f"POST /legacy/ HTTP/1.1\r\nHost: {address.netloc}\r\n{head}\r\n".encode())
        client.sendall(prepared.body[: int(len(prepared.body) * share)])
    place.settle()
    deadline = time.monotonic() + NOTICED_WITHIN
    while place.agent.ask("abandon") and time.monotonic() < deadline:
        time.sleep(0.1)
    assert place.agent.ask("abandon") == []
    assert upload.send(place.registry).status_code == 200


@pytest.mark.parametrize("point", ["receiving", "received", "promoted", "page-made"])
def test_a_full_disk(place: Place, point: str) -> None:
    """A disk that is full before or after the commit: the sender is told to send again, and that works once there is room."""
    place.upload("widget").send(place.registry).raise_for_status()
    upload = place.upload("widget")
    place.let("full-disk", point)
    answer = upload.send(place.registry)
    assert place.was_met
    assert (answer.status_code, answer.json()["reason"]) == (507, "not-stored")
    assert "send the same file again" in answer.reason
    assert upload.send(place.registry).status_code == 200
    place.settle()
    assert place.agent.ask("abandon") == []
