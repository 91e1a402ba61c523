"""What `up` and `status` print: tables of processes, addresses and credentials."""

import contextlib
from typing import Any

import psutil
from rich.table import Table

from ab_local.processes import ProcessRecord

COLOURS = {"ready": "green", "failed": "red", "stopped": "dim"}
MEGABYTE = 1024 * 1024


def addresses(stack: dict[str, Any]) -> Table:
    """Return the table of everything a developer may want to open or log in to."""
    table = Table("what", "where", "user", "password", title=f"stack '{stack['name']}'")
    infrastructure = stack["infrastructure"]
    rabbitmq, postgres = infrastructure["rabbitmq"], infrastructure["postgres"]
    s3, valkey = infrastructure["s3"], infrastructure["valkey"]
    if stack["services"]:
        table.add_row("API", f"{stack['gateway_url']}/v1/health", "", "")
        table.add_row("API documentation", f"{stack['gateway_url']}/docs", "", "")
        for name, service in stack["services"].items():
            table.add_row(name, f"{service['url']}/readyz", "", f"env: {service['env_file']}")
    for name in ("prometheus", "alertmanager"):
        if url := stack.get(f"{name}_url"):
            table.add_row(name.capitalize(), url, "", "")
    table.add_row(
        "RabbitMQ management", rabbitmq["management_url"], rabbitmq["user"], rabbitmq["password"]
    )
    table.add_row(
        "Postgres",
        f"{postgres['host']}:{postgres['port']}/{{{','.join(postgres['databases'])}}}",
        "postgres",
        postgres["admin_url"].split(":")[2].split("@")[0],
    )
    table.add_row("Valkey", f"127.0.0.1:{valkey['port']}", "", valkey["url"].split("@")[0][9:])
    table.add_row("S3", s3["endpoint_url"], s3["access_key_id"], s3["secret_access_key"])
    table.caption = (
        f"On this local stack a free listener has {stack['free_daily_generations']}"
        " generations a day"
        " (2 in production).\nEvery address and credential for programs: "
        f"{stack['state']}/stack.json"
    )
    return table


def processes(status: dict[str, Any]) -> Table:
    """Return the table of processes with their state, restarts and memory."""
    table = Table("process", "state", "pid", "restarts", "memory (PSS)", title="processes")
    total = 0
    rows = {"supervisor": {"state": status["phase"], **status["supervisor"]}, **status["children"]}
    for name, child in rows.items():
        record = ProcessRecord.read(child)
        memory = memory_of(record, descendants=name != "supervisor") if record else 0
        total += memory
        state = str(child["state"])
        colour = COLOURS.get(state, "yellow" if name != "supervisor" else "none")
        table.add_row(
            name,
            f"[{colour}]{state}[/]",
            str(child.get("pid", "")),
            str(child.get("restarts", "")),
            f"{memory / MEGABYTE:.0f} MiB" if record else "",
        )
    table.add_row("", "", "", "", f"{total / MEGABYTE:.0f} MiB", style="bold")
    return table


def memory_of(record: ProcessRecord, *, descendants: bool) -> int:
    """Return the proportional set size, in bytes, of a process, also with all it started."""
    process = record.find()
    if process is None:
        return 0
    family = [process]
    with contextlib.suppress(psutil.Error):
        family += process.children(recursive=True) if descendants else []
    total = 0
    for member in family:
        with contextlib.suppress(psutil.Error):
            total += int(member.memory_full_info().pss)
    return total
