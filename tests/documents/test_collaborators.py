"""JupyterLab's own list shows people of other servers with the paths that files have here."""

from __future__ import annotations

from pycrdt import Awareness, Doc

from xmpp_bridge.documents.collaborators import RENEW_EVERY, Collaborators, apply
from xmpp_bridge.presence.awareness import read_awareness
from xmpp_bridge.presence.looks import shown

JULIET = shown("juliet", "Juliet Capulet", "editor")
HERE = [("sky.ipynb", [JULIET]), ("moon.ipynb", [JULIET])]


def test_somebody_is_one_with_all_that_they_have_open() -> None:
    update = Collaborators().update(HERE, 0.0, 1000)
    assert update is not None
    ((_, _, state),) = [(each.client, each.clock, each.state) for each in read_awareness(update)]
    assert state == {
        "user": JULIET,
        "current": "notebook:moon.ipynb",
        "documents": ["moon.ipynb", "sky.ipynb"],
    }


def test_what_is_no_news_is_told_only_often_enough_to_be_remembered() -> None:
    collaborators = Collaborators()
    assert collaborators.update(HERE, 0.0, 1000) is not None
    assert collaborators.update(HERE, 1.0, 2000) is None
    assert collaborators.update(HERE, RENEW_EVERY, 3000) is not None


def test_who_closes_everything_is_gone() -> None:
    awareness, collaborators = Awareness(Doc()), Collaborators()
    for open_here, now_ms in ((HERE, 1000), ([], 1000)):
        update = collaborators.update(open_here, 0.0, now_ms)
        assert update is not None
        apply(awareness, update)
    assert set(awareness.states) <= {awareness.client_id}
