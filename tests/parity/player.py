"""Plays declared scenarios, each from a freshly restored catalogue: under CPython and in the page's Python.

A step's request may hold `<name>`: a value that an earlier step kept. This module imports nothing of the other tests.
"""

import base64
import json
import re
from pathlib import Path
from typing import Any

from demo_api.nexus import browser

Json = dict[str, Any]
MOST = 60  # requests that one step may make


def play(folder: str) -> list[list[Json]]:
    """For each scenario in the folder's `scenarios.json` its answers, one for each request that was made."""
    given = json.loads(Path(folder, "scenarios.json").read_text("utf-8"))
    seed = Path(folder, "database.sqlite3").read_bytes()
    return [tell(steps, seed, given["base"]) for steps in given["scenarios"]]


def tell(steps: list[Json], seed: bytes, base: str) -> list[Json]:
    browser.restore(seed)
    values: dict[str, str] = {}
    return [answer for step in steps for answer in take(step, values, base)]


def take(step: Json, values: dict[str, str], base: str) -> list[Json]:
    """One step's answers: one, or as many as `times` says, or until `follow` finds no further address or `until` comes.

    With `until`, a status, the number of tries may depend on the clock, so only the last answer counts.
    """
    answers: list[Json] = []
    for number in range(MOST):
        values["n"] = str(number)
        answer = ask(step, values, base)
        answers.append(answer)
        for name, place in step.get("keep", {}).items():
            values[name] = found(answer, place)
        if step.get("follow"):
            values["follow"] = found(answer, step["follow"])
            step = step | {"ask": "GET <follow>"}
        if is_done(step, answer, number, values):
            break
    return answers[-1:] if step.get("until") else answers


def is_done(step: Json, answer: Json, number: int, values: dict[str, str]) -> bool:
    if step.get("follow"):
        return not values["follow"]
    if step.get("until"):
        return bool(answer["status"] == step["until"])
    return number + 1 >= int(step.get("times", 1))


def ask(step: Json, values: dict[str, str], base: str) -> Json:
    method, address = filled(step["ask"], values).split(" ", 1)
    url = address if "://" in address else base + address
    text = filled(step.get("text", ""), values).encode()
    body = base64.b64decode(step["content"]) if "content" in step else text
    headers = [[name, filled(value, values)] for name, value in step.get("headers", {}).items()]
    answer = browser.handle({"method": method, "url": url, "headers": headers, "body": body})
    found = {name: answer[name] for name in ("status", "reason", "headers")}
    queries = [[query["sql"], query["plan"]] for query in answer["trace"]["queries"]]
    shown = {"request": f"{method} {url}", "body": base64.b64encode(answer["body"]).decode(), "queries": queries}
    return found | shown


def filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"<{name}>", value)
    return text


def found(answer: Json, place: str) -> str:
    """What stands at a place of an answer: `ETag`, a header; `/a/b`, a member; `/a b=(.*)`, a part of a member."""
    if not place.startswith("/"):
        return str(dict(answer["headers"]).get(place, ""))
    pointer, _, pattern = place.partition(" ")
    value: Any = json.loads(base64.b64decode(answer["body"]) or b"null")
    for name in pointer.split("/")[1:]:
        value = value[int(name) if isinstance(value, list) else name]
    part = re.search(pattern, str(value or ""))
    return part.group(part.lastindex or 0) if part and pattern else str(value or "")
