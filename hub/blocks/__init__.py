"""Every fenced block of the handbook, and what the build does with it: TREATMENTS, by language.

One SuperFences fence, named `*`, hands over all blocks. A language that has no treatment is an error, and so is an
option that its treatment does not know. `{not-run="reason"}` is an option of every language: the block is shown, and
the reason printed below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from markdown import Markdown

from hub.blocks import data, dockerfile, example, graphql, http, output, python, section, shell, sql, web
from hub.blocks.block import Block, BlockError, PageRecord, Treatment, record_of, render_broken
from hub.blocks.plain import plain
from hub.render import render_not_run
from hub.source import Place, every_fence, page_path, stripped

TREATMENTS: dict[str, Treatment] = {
    "graphql": graphql.TREATMENT,
    "http": http.TREATMENT,
    "output": output.TREATMENT,
    "python": python.TREATMENT,
    "section": section.TREATMENT,
    **shell.TREATMENTS,
    **data.TREATMENTS,
    **dockerfile.TREATMENTS,
    **web.TREATMENTS,
    **example.TREATMENTS,
    "sql": sql.TREATMENT,
}

NOT_RUN = "not-run"

running: ContextVar[bool] = ContextVar("running", default=True)
"""Whether blocks are run, checked and included; otherwise each is shown as it is written."""


# SuperFences ------------------------------------------------------------------------------------------------------


def validate(
    language: str, inputs: Mapping[str, Any], options: dict[str, Any], attrs: dict[str, Any], md: Markdown
) -> bool:
    """Accept every header. SuperFences would show a refused fence as plain code; the formatter names the mistake."""
    options.update(inputs)
    return True


def render_fence(source: str, language: str, css_class: str, options: dict[str, Any], md: Markdown, **_: Any) -> str:
    """Return the HTML of a block as its treatment makes it, or of the error in its place."""
    if page_path(md) is None or not running.get():  # the first: a docstring in the source reference
        return plain(source, language)
    record = record_of(md)
    lines = stripped(source.splitlines())
    nth = sum(other.language == language and stripped(other.source.splitlines()) == lines for other in record.blocks)
    block = Block(language, source, options, record, nth)
    # SuperFences drops a fence whose formatter raises, without a word: nothing may leave this function.
    try:
        html = treat(block)
    except Exception as error:  # noqa: BLE001  # see above
        html = render_broken(block, error)
    record.blocks.append(block)
    return html


def treat(block: Block) -> str:
    """Return what becomes of a block. Raises BlockError, or whatever its treatment raises."""
    treatment = TREATMENTS.get(block.language)
    if NOT_RUN in block.options:
        reason = reason_of(block)
        block.record.not_run.append((block, reason))
        if treatment and treatment.check_not_run:
            treatment.check_not_run(block)
        return render_not_run(plain(block.source, block.language), reason)
    return known_treatment(block).render(block)


def known_treatment(block: Block) -> Treatment:
    """Return the treatment of a block. Raises BlockError when there is none, or it does not know an option."""
    treatment = TREATMENTS.get(block.language)
    if treatment is None:
        raise BlockError(untreated(block.language))
    unknown = sorted(set(block.options) - set(treatment.options))
    if unknown:
        known = ", ".join([*treatment.options, NOT_RUN])
        raise BlockError(f"unknown option {unknown[0]!r}; a block in {block.language} takes {known}")
    return treatment


def reason_of(block: Block) -> str:
    """Return why a block is not run. Raises BlockError when that is no reason, or there are other options."""
    reason = str(block.options[NOT_RUN]).strip()
    if len(reason.split()) < 2:
        raise BlockError(f'{NOT_RUN} needs a reason, which the page prints: {{{NOT_RUN}="it needs PostgreSQL"}}')
    others = sorted(set(block.options) - {NOT_RUN})
    if others:
        raise BlockError(f"{others[0]} and {NOT_RUN} exclude each other: what is not run needs no other option")
    return reason


def untreated(language: str) -> str:
    """Return what to write instead of a block that nothing is done with."""
    what = f"blocks in {language} are" if language else "a block without a language is"
    return (
        f"{what} neither run nor checked; write it in one of {', '.join(sorted(TREATMENTS))}, "
        f'or say why it is not run: {{{NOT_RUN}="a reason"}}'
    )


# Without a build ---------------------------------------------------------------------------------------------------


def faults(text: str) -> list[tuple[int, str]]:
    """Return what is wrong with the blocks of a text, as far as it can be known without running them: (line, message).

    For files that no build renders, such as the README.
    """
    record, found = PageRecord(None), []
    for fence in every_fence(text):
        source = "\n".join(text.splitlines()[fence.line : fence.end - 1])
        block = Block(fence.language, source, fence.options, record)
        try:
            check(block)
        except BlockError as error:
            found.append((fence.line + error.line, str(error)))
        record.blocks.append(block)
    return found


def check(block: Block) -> None:
    """Raise BlockError when something is wrong with a block that can be known without running it."""
    if NOT_RUN in block.options:
        reason_of(block)
        treatment = TREATMENTS.get(block.language)
        examine = treatment.check_not_run if treatment else None
    else:
        examine = known_treatment(block).check
    if examine:
        examine(block)


# Before the build --------------------------------------------------------------------------------------------------


def misspelt_headers(pages: Iterable[Path]) -> list[tuple[Place, str]]:
    """Return the fences whose header SuperFences would not read, and so would print as running text."""
    return [
        (
            Place(path, fence.line),
            f"```{fence.language} {fence.header}: write options in braces, as in {header_with_option(fence.language)}",
        )
        for path in pages
        for fence in every_fence(path.read_text(encoding="utf-8"))
        if fence.header and not re.fullmatch(r"\{[^{}]*\}", fence.header)
    ]


def header_with_option(language: str) -> str:
    """Return a header with an option, as it should be written."""
    treatment = TREATMENTS.get(language)
    name, value = (
        next(iter(treatment.options.items()), (NOT_RUN, '"a reason"')) if treatment else (NOT_RUN, '"a reason"')
    )
    return f"```{language} {{{name}={value}}}" if value else f"```{language} {{{name}}}"
