"""Alerts and dashboard, against the metrics of a real daemon and with a real Prometheus."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from relaying import ROOT, SAMPLE, daemon, free_port, program, server, wait_for

MONITORING = ROOT / "Monitoring"
DASHBOARD = json.loads((MONITORING / "grafana-norfaced.json").read_text())
RULES = (MONITORING / "norfaced.rules.yml").read_text()
pytestmark = pytest.mark.timeout(240)
# What a healthy daemon with a file, a subscriber and no losses has no lines of.
MAY_BE_EMPTY = ("norfaced_output_errors_total", "norfaced_source_reconnects_total", 'state=~"opening')


def dashboard_queries() -> list[tuple[str, str]]:
    """Title and query, Grafana's variables replaced as Grafana would."""
    found = [(panel["title"], target["expr"]) for panel in DASHBOARD["panels"] for target in panel.get("targets", [])]
    found += [("annotation", item["expr"]) for item in DASHBOARD["annotations"]["list"]]
    values = {"$__rate_interval": "10s", "$instance": ".*", "$source": ".*"}
    for name, value in values.items():
        found = [(title, query.replace(name, value)) for title, query in found]
    assert not [query for _, query in found if "$" in query]
    return found


def rule_queries() -> list[tuple[str, str]]:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    return [(rule["alert"], rule["expr"]) for group in yaml.safe_load(RULES)["groups"] for rule in group["rules"]]


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


@pytest.fixture(scope="module")
def scraped(tmp_path_factory):
    """A Prometheus that has scraped a daemon for a while: its address, and the page that it read."""
    prometheus = program("prometheus")
    folder = tmp_path_factory.mktemp("monitoring")
    http, port = free_port(), free_port()
    sources = f'  door: {{url: "{SAMPLE}", capture: {{realtime: true, loop: true}}}}\n'
    sources += f'  gone: {{url: "http://127.0.0.1:{free_port()}/none"}}\n'
    files = f"  files:\n    records: {{path: {folder}/records.jsonl}}\n"
    (folder / "norfaced.rules.yml").write_text(RULES)
    config = (MONITORING / "prometheus.yml").read_text()
    (folder / "prometheus.yml").write_text(config.replace("9464", str(http)).replace("15s", "1s"))
    arguments = [f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
    with daemon(folder, sources, extra=files, http=http) as path, socket.socket(socket.AF_UNIX) as subscriber:
        subscriber.connect(str(path))
        with server([prometheus, *arguments, f"--web.listen-address=127.0.0.1:{port}"], port):
            base = f"http://127.0.0.1:{port}"
            wait_for(lambda: ready(base), 60, "Prometheus")
            wait_for(lambda: value(base, "min(count_over_time(norfaced_uptime_seconds[1m])) > 15"), 90, "scrapes")
            yield base, get(f"http://127.0.0.1:{http}/metrics")


def ready(base: str) -> bool:
    try:
        return bool(get(f"{base}/-/ready"))
    except OSError:
        return False


def value(base: str, query: str) -> list:
    answer = json.loads(get(f"{base}/api/v1/query?{urllib.parse.urlencode({'query': query})}"))
    assert answer["status"] == "success"
    return answer["data"]["result"]


def series_of(page: str) -> dict[str, set[str]]:
    """Names of all series of a page with their labels; those of a type without lines have none."""
    names: dict[str, set[str]] = {}
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", page, re.MULTILINE):
        for suffix in ("_bucket", "_sum", "_count") if kind == "histogram" else ("",):
            names[name + suffix] = set()
    for name, labels in re.findall(r"^([a-z_]+)(?:\{(.*)\})? \S+$", page, re.MULTILINE):
        names.setdefault(name, set()).update(re.findall(r'(\w+)="', labels))
    return names


def test_every_name_in_alerts_and_dashboard_is_the_daemons(scraped):
    series = series_of(scraped[1])
    assert len(series) > 40
    used = set()
    for title, query in dashboard_queries() + rule_queries():
        for name, labels in re.findall(r"\b((?:norfaced|process)_\w+)(?:\{([^}]*)\})?", query):
            assert name in series, f"{title}: the daemon has no {name}"
            used.add(name)
            for label in re.findall(r'(\w+)(?:=~?|!=|!~)"', labels):
                known = series[name] | {"job", "instance"}
                assert label in known or not series[name], f"{title}: {name} has no {label}"
    # And nothing that the daemon tells is forgotten, but what is of no use to look at.
    left_out = {name for name in series if name not in used and not name.endswith(("_count", "_sum", "_bucket"))}
    assert left_out <= {
        "norfaced_build_info",
        "norfaced_subscriptions_total",
        "norfaced_config_reloads_total",
        "norfaced_config_reloads_failed_total",
        "norfaced_config_last_reload_timestamp_seconds",
    }


def test_every_query_of_the_dashboard_gives_something(scraped):
    empty = []
    for title, query in dashboard_queries():
        if not value(scraped[0], query) and title != "annotation" and not any(part in query for part in MAY_BE_EMPTY):
            empty.append((title, query))
    assert not empty
    assert float(value(scraped[0], 'sum(norfaced_source_state{state="streaming"})')[0]["value"][1]) == 1


def test_variables_find_sources_and_machines(scraped):
    for variable in DASHBOARD["templating"]["list"][1:]:
        metric, label = re.match(r"label_values\((.*), (\w+)\)", variable["query"]["query"]).groups()
        assert {item["metric"][label] for item in value(scraped[0], metric.replace("$instance", ".*"))}


def test_the_alert_for_a_source_that_is_away_is_pending(scraped):
    def pending():
        alerts = json.loads(get(f"{scraped[0]}/api/v1/alerts"))["data"]["alerts"]
        return [alert for alert in alerts if alert["labels"]["alertname"] == "NorfacedSourceAway"]

    alerts = wait_for(pending, 30)
    assert [alert["labels"]["source"] for alert in alerts] == ["gone"]


def test_promtool_takes_rules_configuration_and_their_tests():
    promtool = program("promtool")
    for arguments in (["check", "config", "prometheus.yml"], ["test", "rules", "norfaced.rules.test.yml"]):
        result = subprocess.run([promtool, *arguments], cwd=MONITORING, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout + result.stderr
    alerts = set(re.findall(r"alert: (\w+)", RULES))
    tests = (MONITORING / "norfaced.rules.test.yml").read_text()
    fired = {name for name in alerts if re.search(rf"alertname: {name}\n\s+exp_alerts", tests)}
    silent = {name for name in alerts if re.search(rf"alertname: {name}\n(?!\s+exp_alerts)", tests)}
    assert fired == silent == alerts


def test_panels_do_not_overlap():
    places = set()
    for panel in DASHBOARD["panels"]:
        where = panel["gridPos"]
        assert where["x"] + where["w"] <= 24
        cells = {(x, y) for x in range(where["x"], where["x"] + where["w"]) for y in range(where["y"], where["y"] + where["h"])}
        assert not cells & places, panel["title"]
        places |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    assert Path(MONITORING / "grafana-norfaced.json").stat().st_size < 100_000
