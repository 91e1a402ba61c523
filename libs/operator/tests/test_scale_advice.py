"""How many instances are advised: the arithmetic, and where its facts come from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from ab_operator import main
from ab_operator.scaling.advice import Goals, QueueFacts, ServiceFacts, advise
from hypothesis import assume, given
from hypothesis import strategies as st
from typer.testing import CliRunner

GOALS = Goals(target=0.7, patience=60.0, least=1)
RATE = st.floats(0, 1e4, allow_nan=False)
BUSY = st.floats(0, 2, allow_nan=False) | st.none()
QUEUES = st.lists(
    st.builds(QueueFacts, st.just("tts.synthesize"), RATE, RATE, RATE), max_size=4
).map(tuple)
FACTS = st.builds(ServiceFacts, st.just("tts"), st.integers(0, 200), BUSY, QUEUES)
AIMS = st.builds(Goals, st.floats(0.05, 1), st.floats(1, 3600), st.integers(1, 5), st.floats(1, 10))


def one_queue(
    busy: float | None, waiting: float, arriving: float, leaving: float, instances: int = 4
) -> ServiceFacts:
    return ServiceFacts(
        "tts", instances, busy, (QueueFacts("tts.synthesize", waiting, arriving, leaving),)
    )


@given(FACTS, AIMS)
def test_never_fewer_than_the_least_nor_more_than_one_step(
    facts: ServiceFacts, goals: Goals
) -> None:
    advised = advise(facts, goals).advised
    assert advised >= goals.least
    assert advised <= max(goals.least, facts.instances * goals.most_at_once + 1)


@given(FACTS, AIMS)
def test_nothing_is_taken_away_while_anything_waits_and_half_at_most(
    facts: ServiceFacts, goals: Goals
) -> None:
    advised = advise(facts, goals).advised
    assert 2 * advised >= facts.instances
    if facts.waiting:
        assert advised >= facts.instances


@given(FACTS, AIMS, st.floats(1.01, 10))
def test_more_that_arrives_never_asks_for_fewer(
    facts: ServiceFacts, goals: Goals, more: float
) -> None:
    assume(facts.instances > 0)
    fuller = tuple(
        QueueFacts(q.name, q.waiting * more, q.arriving * more, q.leaving) for q in facts.queues
    )
    then = ServiceFacts(facts.service, facts.instances, facts.utilisation, fuller)
    assert advise(then, goals).advised >= advise(facts, goals).advised


@given(st.integers(1, 100), st.floats(0.05, 1), RATE)
def test_what_is_as_aimed_at_stays(instances: int, target: float, rate: float) -> None:
    facts = one_queue(target, 0, rate, rate, instances)
    assert advise(facts, Goals(target=target)).advised == instances


@given(st.integers(1, 50), st.floats(0.01, 1), st.floats(1, 100), st.floats(0, 1e4))
def test_as_many_as_advised_do_keep_up(
    instances: int, busy: float, each: float, waiting: float
) -> None:
    # Those who are there do ``each`` messages a second of work time.
    leaving = instances * busy * each
    facts = one_queue(busy, waiting, leaving, leaving, instances)
    goals = Goals(target=0.7, patience=60, most_at_once=1e9)
    advised = advise(facts, goals).advised
    assume(leaving >= 0.01)
    if advised > instances:
        assert advised * 0.7 * each >= (leaving + waiting / 60) * (1 - 1e-6)


def test_a_backlog_asks_for_more_and_says_where() -> None:
    found = advise(one_queue(0.9, 600, 10, 8), GOALS)
    assert (found.advised, found.worst) == (13, "tts.synthesize")
    assert found.why == "more arrives than leaves"


def test_what_is_stuck_is_not_scaled() -> None:
    found = advise(one_queue(0.1, 500, 10, 0), GOALS)
    assert found.advised == 4
    assert "do not help" in found.why


def test_nobody_there_is_the_least() -> None:
    assert advise(one_queue(None, 5, 1, 0, instances=0), Goals(least=2)).advised == 2


def test_without_knowing_how_busy_they_are_only_a_backlog_asks_for_more() -> None:
    assert advise(one_queue(None, 0, 10, 10), GOALS).advised == 4
    assert advise(one_queue(None, 60, 10, 10), GOALS).advised == 7


PROMETHEUS = {
    "up": {"gateway": 2, "tts": 1, "session": 1},
    "process_cpu": {"gateway": 0.2, "tts": 0.95},
    "ab:queue_left:rate5m": {"tts.synthesize": 4.0, "session.rpc": 20.0},
    "deriv": {"tts.synthesize": 2.0},
    "ab:queue_age": {"tts.synthesize": 30.0},
    "ab:queue_ready": {"tts.synthesize": 120.0, "tts.dead": 3.0, "ab.retry.5s": 7.0},
}


class Answers(BaseHTTPRequestHandler):
    """Prometheus' query API, and the broker's list of queues."""

    def do_GET(self) -> None:
        """Answers both."""
        asked = urlsplit(self.path)
        body = _queried(asked.query) if "query" in asked.path else QUEUE_LIST
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        """Quiet."""


def _queried(query: str) -> dict[str, object]:
    [text] = parse_qs(query)["query"]
    # The longest name first: one is inside another's function.
    table = next(rows for name, rows in PROMETHEUS.items() if text.startswith(name) or name in text)
    table = PROMETHEUS["deriv"] if text.startswith("deriv") else table
    label = "job" if "by (job)" in text else "queue"
    rows = [{"metric": {label: key}, "value": [0, str(value)]} for key, value in table.items()]
    return {"status": "success", "data": {"resultType": "vector", "result": rows}}


QUEUE_LIST = [
    {
        "name": "tts.synthesize",
        "messages_ready": 60,
        "message_stats": {"ack_details": {"rate": 2.0}, "publish_details": {"rate": 3.0}},
    },
    {"name": "tts.live.a.1"},
    {"name": "gateway.live.b.1"},
    {"name": "gateway.replies.b"},
    {"name": "session.dead", "messages_ready": 9},
]


@pytest.fixture
def url() -> Iterator[str]:
    with _serving() as found:
        yield found


@contextmanager
def _serving() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def run(*arguments: str) -> tuple[int, dict[str, dict[str, object]]]:
    done = CliRunner().invoke(main.app, ["scale-advice", "--json", *arguments])
    return done.exit_code, json.loads(done.stdout)


def test_prometheus_knows_how_busy_they_are(url: str) -> None:
    code, found = run("--prometheus", url)
    assert code == 3
    tts = found["tts"]
    assert (tts["instances"], tts["advised"], tts["age"]) == (1, 3, 30.0)
    assert (tts["arriving"], tts["leaving"], tts["waiting"]) == (6.0, 4.0, 120.0)
    assert (found["gateway"]["instances"], found["gateway"]["advised"]) == (2, 1)
    assert (found["auth"]["instances"], found["auth"]["why"]) == (0, "nobody is there")


def test_the_broker_alone_counts_processes_by_their_own_queues(url: str) -> None:
    _, found = run("--management-url", url)
    assert (found["tts"]["instances"], found["tts"]["advised"]) == (1, 3)
    assert (found["gateway"]["instances"], found["gateway"]["advised"]) == (1, 1)
    assert found["session"]["waiting"] == 0


def test_nowhere_to_look_is_said(tmp_path: object) -> None:
    done = CliRunner().invoke(main.app, ["--stack", f"{tmp_path}/none.json", "scale-advice"])
    assert done.exit_code == 78
    assert "--prometheus" in done.output


def test_a_prometheus_that_is_away_may_answer_later() -> None:
    done = CliRunner().invoke(main.app, ["scale-advice", "--prometheus", "http://127.0.0.1:1"])
    assert done.exit_code == 75
