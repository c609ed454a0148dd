"""Undo of the last action; the one before it can be kept."""

from __future__ import annotations

from bigram_tui.session.undo import Undo


def test_the_last_action_is_taken_back_once() -> None:
    told, restored = [], []
    undo = Undo(told.append)
    assert undo.take_back() is None
    undo.remember("clearing", lambda: restored.append("names"))
    undo.remember("starting over", lambda: restored.append("run"))
    assert restored == []
    assert told == ["clearing: u brings it back", "starting over: u brings it back"]
    assert undo.take_back() == "starting over"
    assert undo.take_back() is None
    assert restored == ["run"]


def test_a_forgotten_action_cannot_be_taken_back() -> None:
    undo, restored = Undo([].append), []
    undo.remember("clearing", lambda: restored.append("names"))
    undo.forget()
    assert undo.take_back() is None
    assert restored == []


def test_taking_back_may_leave_something_to_take_back() -> None:
    undo, restored = Undo([].append), []
    undo.remember("first", lambda: restored.append("first"))
    keep = undo.keep()
    undo.remember("second", keep)
    assert undo.take_back() == "second"
    assert undo.take_back() == "first"
    assert restored == ["first"]
    undo.remember("third", lambda: restored.append("third"))
    keep()
    assert undo.take_back() == "first"
