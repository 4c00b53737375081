"""A field of a course explained on a page: how it stands, its layers, what guards it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rich.text import Text

from coursesync.catalogue.field import Risk
from coursesync.catalogue.types import Value
from coursesync.model import Action, Change, Ignore, SideEffect
from coursesync.model.explanation import Explanation, FieldExplanation, Guard, Said, Standing
from coursesync.render.document import Look
from coursesync.render.labels import label
from coursesync.render.lines import compare
from coursesync.render.sentences import effect_label, place
from coursesync.render.text.layout import INDENT, Entry, lay_out, page_width, paint, wrap
from coursesync.render.text.pieces import diagnostic_lines, entry, paragraph
from coursesync.render.values import Delta, is_prose, shown, visible

# The mark of each standing, as in a plan, its colour, and what it means.
_STANDINGS = {
    Standing.IN_SYNC: ("=", "green", "In sync: Canvas shows what is declared."),
    Standing.DIFFERS: ("~", "yellow", "Differs: a plan would change it."),
    Standing.IGNORED: ("=", "dim", "Ignored: declared, but neither compared nor sent."),
    Standing.UNVERIFIED: ("?", "cyan", "Not verifiable: Canvas never shows it; --send-unverified sends it."),
    Standing.UNTOLD: ("?", "yellow", "Declared, but not shown by this Canvas: neither compared nor sent."),
    Standing.LEFT_ALONE: ("=", "dim", "Left alone: the course is declared deleted."),
    Standing.UNMANAGED: ("·", "cyan", "Not managed: no manifest sets it, so Canvas keeps it as it is."),
}
_DISPLACED = "Not in force: the map that is declared last chooses the mode."
_RISK_STYLES = {Risk.SAFE: "dim", Risk.LOSSY: "magenta", Risk.DESTRUCTIVE: "bold red"}


def explanation_page(explanation: Explanation, look: Look) -> str:
    """Return an explanation as text of at most `look.width` columns, if no word is wider."""
    page = replace(look, width=page_width(look.width))
    return paint(_lines(explanation, page), colour=look.colour)


def _lines(explanation: Explanation, look: Look) -> Iterator[Text]:
    if explanation.fields:
        yield from _header(explanation, look)
    for item in explanation.fields:
        for section in _sections(item, look):
            yield from [*section, Text()] if section else []
    if explanation.diagnostics:
        yield from [*diagnostic_lines(explanation.diagnostics, look), Text()]


def _header(explanation: Explanation, look: Look) -> list[Text]:
    name = label(explanation.declared_id, explanation.sis_course_id, explanation.id or 0)
    number = "" if name == f"course {explanation.id}" else f"course {explanation.id}"
    about = ", ".join(filter(None, (number, visible(explanation.workflow_state))))
    said = filter(None, (name, visible(explanation.name), f"({about})" if about else ""))
    header = wrap("  ".join(said), look.width, rest="    ")
    header[0].stylize("bold", 0, len(name))
    return header


def _sections(item: FieldExplanation, look: Look) -> Iterator[Sequence[Text]]:
    """Yield what is said of a field, in parts that a blank line keeps from each other."""
    symbol, style, meaning = _STANDINGS[item.standing]
    if item.standing is Standing.UNMANAGED and item.layers:
        meaning = _DISPLACED
    said = paragraph(meaning, look.width, style=style)
    moving = item.change if item.standing is Standing.DIFFERS else None
    first = _change(moving, look, said) if moving else _still(item, symbol, style, said)
    effects = [_effect(effect, look) for effect in item.side_effects if moving]
    yield lay_out([first, *effects], look.width)
    yield list(_values(item, look))
    yield _titled("Layers, weakest first", [_layer(said, item, look) for said in item.layers], look)
    yield _titled("Ignored by", [_rule(rule) for rule in item.ignores], look)
    yield _if_applied(item, look)
    guards = [line for guard in item.guards for line in _guard(guard, look)]
    yield [*_title("What guards it", look), *guards] if guards else []
    if item.example:
        lines = [Text(f"{' ' * INDENT}{visible(line)}") for line in item.example.splitlines()]
        where = f" in the entry at {item.entry}" if item.entry else ""
        yield [*_title(f"To manage it, write{visible(where)}", look), *lines]


def _change(change: Change, look: Look, said: Sequence[Text] = ()) -> Entry:
    """Return a change as a plan shows it; said: what comes before its notes."""
    risk = "" if change.risk is Risk.SAFE else change.risk.value
    notes = [line for note in change.remarks for line in paragraph(note, look.width, style="italic")]
    return entry(
        "-" if change.action is Action.CLEAR else "~",
        "red" if change.action is Action.CLEAR else "yellow",
        change.field,
        Delta(before=change.before, after=change.after, known=change.after_known),
        look,
        parts=change.parts,
        right="  ".join(filter(None, (risk, place(change.origin)))),
        right_style=_RISK_STYLES[change.risk],
        below=[*said, *notes],
    )


def _still(item: FieldExplanation, symbol: str, style: str, said: Sequence[Text]) -> Entry:
    origin = [layer.origin for layer in item.layers if layer.wins]
    value = item.desired if item.standing is Standing.UNVERIFIED else item.live
    known = item.live_known or item.standing is Standing.UNVERIFIED
    brief = _brief(value) if known else "not shown"
    return Entry(symbol=symbol, style=style, address=item.field, brief=brief, block=said, right=place(origin))


def _effect(effect: SideEffect, look: Look) -> Entry:
    """Return a side effect as a plan shows it."""
    return entry(
        "!",
        _RISK_STYLES[effect.risk] if effect.risk is not Risk.SAFE else "cyan",
        effect.field,
        Delta(before=effect.before, after=effect.after, known=effect.after_known),
        look,
        right=effect_label(effect),
        right_style=_RISK_STYLES[effect.risk],
        below=paragraph(effect.reason, look.width) if effect.reason else [],
    )


def _values(item: FieldExplanation, look: Look) -> Iterator[Text]:
    """Yield what Canvas shows and what is desired, each on a line of its own."""
    live = _brief(item.live) if item.live_known else "not shown by Canvas"
    yield from wrap(live, look.width, first="  Live     ", rest=" " * 11)
    if item.layers and item.standing is not Standing.UNMANAGED:
        yield from wrap(_brief(item.desired), look.width, first="  Desired  ", rest=" " * 11)


def _brief(value: Value) -> str:
    """Return a value on one line; of a long text, how long it is."""
    delta = Delta(before=None, after=value)
    return compare(delta).label.removeprefix("none -> ") if is_prose(delta) else shown(value)


def _title(title: str, look: Look) -> list[Text]:
    return wrap(title, look.width, first="  ", style="bold")


def _titled(title: str, entries: Sequence[Entry], look: Look) -> list[Text]:
    return [*_title(title, look), *lay_out(entries, look.width)] if entries else []


def _layer(said: Said, item: FieldExplanation, look: Look) -> Entry:
    other = paragraph(f"of {said.field}", look.width, style="dim") if said.field != item.field else []
    return Entry(
        symbol=">" if said.wins else "·",
        style="green" if said.wins else "dim",
        address=visible(said.origin.layer),
        brief=_brief(said.value),
        block=other,
        right=visible(str(said.origin.position)),
    )


def _rule(rule: Ignore) -> Entry:
    until = f"until {visible(rule.until)}" if rule.until else ""
    return Entry(
        symbol="=",
        style="dim",
        address=visible(rule.pattern),
        brief=", ".join(filter(None, (visible(rule.reason), until))),
        right=visible(str(rule.origin.position)),
    )


def _if_applied(item: FieldExplanation, look: Look) -> list[Text]:
    """Return what a change would be and do that is not going to be made, or is made to hold a value."""
    if not item.change or item.standing is Standing.DIFFERS:
        return []
    entries = [_change(item.change, look), *(_effect(effect, look) for effect in item.side_effects)]
    title = "Sent all the same" if item.standing is Standing.IN_SYNC else "If it were applied"
    return _titled(title, entries, look)


def _guard(guard: Guard, look: Look) -> list[Text]:
    symbol, style = ("!", "bold yellow") if guard.hinders else ("·", "dim")
    at = f" ({guard.position})" if guard.position and str(guard.position) not in guard.text else ""
    text = visible(f"{guard.text.removesuffix('.')}{at}." if at else guard.text)
    return wrap(text, look.width, first=f"  {symbol} ", rest="    ", mark=style)
