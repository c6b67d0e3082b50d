"""`docker-compose.yml` says what Docker understands, what our settings are, and what README and operations.md promise.

No container runs here. `tests/faults/test_composed.py` runs what the file says as processes.
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from market.cli.main import app
from market.cli.settings import find_search_url_problem, list_problems
from market.kernel.config import Environment, Settings
from tests.make.composition import FILE, LARGE, ROOT, SMALL, Missing, Service, read_file, read_services

SECRET = re.compile(r"PASSWORD|SECRET")
SIZES = pytest.mark.parametrize("values", [SMALL, LARGE], ids=["small", "large"])


def read_settings(service: Service) -> Settings:
    fields = {name.removeprefix("MARKET_").lower(): value for name, value in service.environment.items()}
    return Settings.model_validate({name: value for name, value in fields.items() if value})


def list_variables() -> dict[str, set[str]]:
    """Each variable that the file takes from `.env`, with the ways in which it is asked for."""
    text = "\n".join(line for line in FILE.read_text().splitlines() if not line.lstrip().startswith("#"))
    asked: dict[str, set[str]] = {}
    for name, way in re.findall(r"(?<!\$)\$\{(\w+)(:[-?+](?=[^}])|:-(?=\})|)", text):
        asked.setdefault(name, set()).add(way)
    return asked


def list_named_volumes(services: dict[str, Service]) -> set[str]:
    mounts = [mount.split(":")[0] for service in services.values() for mount in service.described.get("volumes", [])]
    return {mount for mount in mounts if not mount.startswith((".", "/"))}


def list_scripts() -> Iterator[Any]:
    for service in read_services(LARGE).values():
        if "entrypoint" in service.described:
            yield pytest.param(service.described["command"][0], id=service.name)
        elif (test := service.described.get("healthcheck", {}).get("test", [""]))[0] == "CMD-SHELL":
            yield pytest.param(test[1], id=f"health of {service.name}")


def test_the_file_is_what_compose_understands() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(FILE)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - our own

    assert (answer.returncode, answer.stdout.strip()) == (0, "ok -- validation done"), answer.stdout


def test_it_comes_in_two_sizes() -> None:
    assert sorted(read_services(SMALL)) == ["app", "database", "migrate", "proxy"]
    assert {name: service.number for name, service in read_services(LARGE).items() if not service.ends} == {
        "proxy": 1, "app": 1, "app-2": 1, "worker": 2, "database": 1, "search-1": 1, "search-2": 1, "search-3": 1,
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(SMALL))
def test_nothing_starts_without_a_value_that_it_needs(name: str) -> None:
    with pytest.raises(Missing, match=name):
        read_services(SMALL | {name: ""})


def test_no_password_stands_in_the_file_and_none_has_a_default() -> None:
    written = {
        (service.name, name): value
        for service in read_services(LARGE).values()
        for name, value in service.environment.items()
        if SECRET.search(name)
    }
    in_addresses = re.findall(r"//\w+:([^@\s]+)@", FILE.read_text())

    assert set(written.values()) <= set(LARGE.values())
    assert [password for password in in_addresses if not password.startswith("${")] == []
    assert {name for name, ways in list_variables().items() if SECRET.search(name) and ways & {""}} <= {
        "SEARCH_PASSWORD"  # within what is there only if it is given
    }
    assert re.findall(r"\$\{\w*(?:PASSWORD|SECRET)\w*:-[^}]", FILE.read_text()) == []


def test_the_cluster_does_not_start_without_its_passwords() -> None:
    certificates = read_services(LARGE)["certificates"]
    for name in ("SEARCH_PASSWORD", "SEARCH_ADMIN_PASSWORD"):
        environment = {"PATH": "/usr/bin:/bin", **certificates.environment, name: ""}
        answer = subprocess.run(  # noqa: S603 - our own
            [*certificates.described["entrypoint"], *certificates.command],
            env=environment, capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip

        assert answer.returncode != 0
        assert answer.stderr.rstrip().endswith(f"{name}: set {name}")
    nodes = [service for name, service in read_services(LARGE).items() if name in ("search-1", "search-2", "search-3")]
    assert all(node.dependencies["certificates"] == {"condition": "service_completed_successfully"} for node in nodes)


@SIZES
def test_production_starts_with_the_settings_of_each_service(values: dict[str, str]) -> None:
    known = {f"MARKET_{name.upper()}" for name in Settings.model_fields}
    services = read_services(values)
    ours = [service for service in services.values() if service.is_ours]

    assert {
        name for service in services.values() for name in service.environment if name.startswith("MARKET_")
    } - known == set()
    for service in ours:
        settings = read_settings(service)
        elsewhere = settings.model_copy(update={"data_dir": ROOT, "search_ca_file": ""})
        assert settings.environment is Environment.PRODUCTION
        assert list_problems(elsewhere) == []
        assert find_search_url_problem(settings) is None


def test_the_small_one_has_the_embedded_engine_and_the_large_one_asks_all_nodes_with_certificates_checked() -> None:
    small, large = (read_settings(read_services(values)["app"]) for values in (SMALL, LARGE))

    assert (small.cluster_urls, small.search_ca_file) == ([], "")
    assert [url.rpartition("@")[2].removeprefix("https://") for url in large.cluster_urls] == [
        f"search-{number}:9200" for number in (1, 2, 3)
    ]
    assert all(url.startswith("https://") for url in large.cluster_urls)
    assert large.search_ca_file == "/authority/ca.crt"


def test_every_node_has_security_its_own_certificate_and_the_same_cluster() -> None:
    services = read_services(LARGE)
    names = ["search-1", "search-2", "search-3"]
    common: list[dict[str, str]] = []
    for name in names:
        environment = services[name].environment
        assert environment.pop("node.name") == services[name].described["hostname"] == name
        for layer in ("http", "transport"):
            assert environment.pop(f"xpack.security.{layer}.ssl.certificate") == f"certificates/{name}/{name}.crt"
            assert environment.pop(f"xpack.security.{layer}.ssl.key") == f"certificates/{name}/{name}.key"
            assert environment[f"xpack.security.{layer}.ssl.enabled"] == "true"
        common.append(environment)

    assert common[0] == common[1] == common[2]
    assert common[0]["xpack.security.enabled"] == "true"
    assert common[0]["action.auto_create_index"] == "false"
    assert common[0]["discovery.seed_hosts"].split(",") == names
    assert common[0]["cluster.initial_master_nodes"].split(",") == names


@SIZES
def test_what_a_service_waits_for_is_there_and_says_when_it_is_ready(values: dict[str, str]) -> None:
    services = read_services(values)
    for service in services.values():
        for name, terms in service.dependencies.items():
            assert name in services or terms.get("required") is False, f"{service.name} waits for {name}"
            if terms["condition"] == "service_healthy":
                assert services[name].has_health_check, name
            if terms["condition"] == "service_completed_successfully" and name in services:
                assert services[name].ends, name


@SIZES
def test_what_runs_is_looked_after_and_only_the_proxy_is_reached_from_outside(values: dict[str, str]) -> None:
    services = read_services(values)
    running = [service for service in services.values() if not service.ends]

    assert [service.name for service in running if service.described["restart"] != "unless-stopped"] == []
    assert [service.name for service in running if not service.has_health_check] == []
    assert [service.name for service in services.values() if "ports" in service.described] == ["proxy"]


def test_the_proxy_goes_to_every_app_and_is_believed_about_visitors() -> None:
    for values in (SMALL, LARGE):
        services = read_services(values)
        apps = [name for name, service in services.items() if service.is_ours and "serve" in service.command]
        assert services["proxy"].environment["UPSTREAMS"].split() == [f"{name}:8000" for name in apps]
    inside = read_file()["networks"]["inside"]["ipam"]["config"][0]["subnet"]

    assert services["app"].environment["MARKET_TRUSTED_PROXIES"] == inside
    proxy = (ROOT / "Caddyfile").read_text()
    assert "health_uri /readyz" in proxy
    assert [f"respond {path} 404" in proxy for path in ("/metrics", "/readyz")] == [True, True]
    assert set(re.findall(r"\{\$(\w+)\}", (ROOT / "Caddyfile").read_text())) == set(services["proxy"].environment)


def test_every_volume_is_declared_and_every_file_that_is_mounted_is_there() -> None:
    services = read_services(LARGE)
    mounts = [mount.split(":")[0] for service in services.values() for mount in service.described.get("volumes", [])]

    assert list_named_volumes(services) == set(read_file()["volumes"])
    assert [mount for mount in mounts if mount.startswith(".") and not (ROOT / mount).is_file()] == []


@pytest.mark.parametrize("script", [*list_scripts()])
def test_each_script_is_one(script: str) -> None:
    answer = subprocess.run(  # noqa: S603 - our own
        ["/bin/bash", "-n", "-c", script], capture_output=True, text=True, timeout=30, check=False
    )

    assert (answer.returncode, answer.stderr) == (0, "")


def test_commands_of_the_services_are_commands_of_ours() -> None:
    names = set(get_command(app).commands)  # type: ignore[attr-defined] # it is a group
    for service in read_services(LARGE).values():
        if service.is_ours:
            assert service.command[0] == "market"
            assert service.command[1] in names


def test_readme_and_operations_write_the_env_file_that_compose_asks_for() -> None:
    for document, variables in (("README.md", set(SMALL)), ("docs/operations.md", set(LARGE) - set(SMALL))):
        text = (ROOT / document).read_text()
        blocks = re.findall(r"^cat >>? \.env <<END\n(.*?)^END$", text, re.MULTILINE | re.DOTALL)
        written = {line.partition("=")[0] for block in blocks for line in block.splitlines()}
        assert written == variables, document
    asked = list_variables()

    assert {name for name, ways in asked.items() if ":?" in ways} == set(SMALL)
    assert set(asked) - set(LARGE) == {"MARKET_LOG_LEVEL"}


def test_what_readme_and_operations_run_in_containers_is_there() -> None:
    services = read_services(LARGE)
    commands = get_command(app).commands  # type: ignore[attr-defined] # it is a group
    for document in ("README.md", "docs/operations.md"):
        text = (ROOT / document).read_text()
        for line in re.findall(r"docker compose exec ([^`\n<(>]+)", text):
            service, *command = [word for word in shlex.split(line) if word != "-T"]
            assert service in services, line
            assert command[0] != "market" or command[1] in commands, line
