from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from ab_operator.main import app
from ab_operator.observers import address
from ab_shared.errors import SettingsInvalid
from typer.testing import CliRunner

ANSWERS = {
    "up": {"resultType": "vector", "result": [{"metric": {"job": "tts"}, "value": [1, "1"]}]},
    "3": {"resultType": "scalar", "result": [1, "3"]},
    "nothing": {"resultType": "vector", "result": []},
    "x[5m]": {"resultType": "matrix", "result": []},
}
ALERT = {
    "labels": {"alertname": "QueueAge", "severity": "page", "service": "tts"},
    "annotations": {
        "summary": "Tracks come late.",
        "description": "It waits [2 min].",
        "panel": "Age by queue",
        "dashboard": "/d/ab-queues?viewPanel=1",
        "runbook_url": "https://example.com/queue-age.md",
    },
    "status": {"state": "active"},
    "startsAt": "2026-11-23T05:00:00.000Z",
}


class Handler(BaseHTTPRequestHandler):
    alerts: tuple[dict[str, object], ...] = ()

    def do_GET(self) -> None:  # the name is the library's
        asked = urlsplit(self.path)
        if asked.path == "/api/v2/alerts":
            self._say(200, list(self.alerts))
            return
        data = ANSWERS.get(parse_qs(asked.query)["query"][0])
        if data is None:
            self._say(400, {"status": "error", "error": "parse error"})
        else:
            self._say(200, {"status": "success", "data": data})

    def _say(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Handler) as httpd:
        thread = Thread(target=httpd.serve_forever, args=(0.01,))
        thread.start()
        url = f"http://127.0.0.1:{httpd.server_port}"
        monkeypatch.setenv("PROMETHEUS_URL", url)
        monkeypatch.setenv("ALERTMANAGER_URL", url)
        yield url
        httpd.shutdown()
        thread.join()


@pytest.mark.usefixtures("server")
class TestAsk:
    def test_shows_labels_and_value(self) -> None:
        done = CliRunner().invoke(app, ["ask", "up", "--json"])
        assert done.exit_code == 0
        assert json.loads(done.stdout) == [{"labels": {"job": "tts"}, "value": 1.0}]
        assert "tts" in CliRunner().invoke(app, ["ask", "up"]).stdout

    def test_shows_a_number(self) -> None:
        assert "3" in CliRunner().invoke(app, ["ask", "3"]).stdout

    def test_no_answer_is_exit_code_3(self) -> None:
        assert CliRunner().invoke(app, ["ask", "nothing"]).exit_code == 3

    @pytest.mark.parametrize("expression", ["up ==", "x[5m]"])
    def test_what_cannot_be_answered_is_refused(self, expression: str) -> None:
        assert CliRunner().invoke(app, ["ask", expression]).exit_code == 1


class TestAlerts:
    @pytest.mark.usefixtures("server")
    def test_says_that_nothing_fires(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Handler, "alerts", ())
        done = CliRunner().invoke(app, ["alerts"])
        assert (done.exit_code, done.stdout) == (0, "Nothing fires.\n")

    @pytest.mark.usefixtures("server")
    def test_pages_come_first_and_exit_with_3(self, monkeypatch: pytest.MonkeyPatch) -> None:
        ticket = {**ALERT, "labels": {"alertname": "SecretOld", "severity": "ticket"}}
        monkeypatch.setattr(Handler, "alerts", (ticket, ALERT))
        done = CliRunner().invoke(app, ["alerts"])
        assert done.exit_code == 3
        assert done.stdout.index("QueueAge") < done.stdout.index("SecretOld")
        assert "It waits [2 min]." in done.stdout
        assert "https://example.com/queue-age.md" in done.stdout

    def test_a_server_that_is_away_is_exit_code_75(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ALERTMANAGER_URL", "http://127.0.0.1:1")
        assert CliRunner().invoke(app, ["alerts"]).exit_code == 75


class TestAddress:
    def test_a_stack_file_that_is_named_comes_first(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PROMETHEUS_URL", "http://elsewhere/")
        stack = tmp_path / "stack.json"
        stack.write_text('{"prometheus_url": "http://here"}')
        assert address("prometheus", stack) == "http://here"
        assert address("prometheus", None) == "http://elsewhere"

    def test_nobody_says_where(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("PROMETHEUS_URL", raising=False)
        monkeypatch.chdir(tmp_path)
        with pytest.raises(SettingsInvalid, match="OBSERVE=1"):
            address("prometheus", None)
