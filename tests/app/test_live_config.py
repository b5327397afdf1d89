import re
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from app.cli.main import app
from app.live_config import device, gateway, healthy, neighbours, platform, sections, sources, up
from app.live_config.check import problems
from app.live_config.device import DeviceConfig
from app.live_config.example import example
from app.live_config.gateway import GatewayConfig
from app.live_config.load import ROLES, load_live, load_role, parse_live
from app.process import health, logs
from app.tls import TlsConfig
from sensors.errors import BadConfig, MotorwatchError
from sensors.motor_file import write_motor_template

DEVICE = 'role = "device"\n[broker]\n[[motor]]\nsource = {kind = "simulator", scenario = "demo"}\n'
KIND = "motor, entry 1.source.kind: Invalid value 'rand'; use one of: simulator, recording, adc"
ADC = "motor, entry 1.source: ADC sources come with the hardware drivers"
DOCUMENTED = [
    (device, device.DeviceConfig),
    (gateway, gateway.GatewayConfig),
    (platform, platform.PlatformConfig),
    (up, up.UpConfig),
    (sections, sections.Broker),
    (healthy, healthy.HealthyFiles),
    (neighbours, neighbours.HomeAssistantConfig),
    (neighbours, neighbours.SparkplugConfig),
    (sections, TlsConfig),
    (sources, sources.MotorEntry),
    (sources, sources.Simulator),
    (sources, sources.RecordingSource),
    (sources, sources.Adc),
    (health, health.HealthConfig),
    (logs, logs.LogConfig),
]


@pytest.mark.parametrize("role", ROLES)
def test_an_example_is_a_configuration_of_its_role(role: str) -> None:
    config = parse_live(example(role))
    assert config.__struct_config__.tag == role
    if role == "operator":
        return
    assert config.health == ROLES[role].__struct_defaults__[-2]
    assert config.log == ROLES[role].__struct_defaults__[-1]


@pytest.mark.parametrize("role", ROLES)
def test_an_example_still_is_one_with_every_optional_line_put_in(role: str) -> None:
    optional = re.compile(r"^# (\[\[?[a-z.]+\]|[a-z_0-9]+ = )", re.MULTILINE)
    text, count = optional.subn(r"\1", example(role))
    assert count >= 4
    without_adc = "\n".join(line for line in text.splitlines() if '"adc"' not in line)
    assert parse_live(without_adc).broker is not None
    if role in ("device", "up"):
        with pytest.raises(BadConfig):
            parse_live(text)


@pytest.mark.parametrize("role", ROLES)
def test_the_lines_of_an_example_are_the_defaults(role: str) -> None:
    """What a comment calls a default must be one: without the lines nothing changes."""
    kind = ROLES[role]
    shown = parse_live(example(role))
    fields = dict(
        zip(reversed(kind.__struct_fields__), reversed(kind.__struct_defaults__), strict=False)
    )
    for name in (
        "site",
        "state",
        "ring_mb",
        "stop_within_s",
        "schedule_s",
        "stage2",
        "batch",
        "archive_mb",
    ):
        if name in fields:
            assert getattr(shown, name) == fields[name], name


@pytest.mark.parametrize(("module", "kind"), DOCUMENTED, ids=lambda x: x.__name__)
def test_every_key_is_documented(module: object, kind: type[msgspec.Struct]) -> None:
    said = module.__doc__ or ""
    inherited = {"broker", "health", "log", "motor", "tls"} | {
        "homeassistant",
        "sparkplug",
        "healthy",
    }  # sections of their own
    for key in set(kind.__struct_fields__) - inherited:
        assert re.search(rf"\b{key} = ", said), key


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "role = None: use one of: device, gateway, platform, up"),
        ('role = "server"', "role = 'server': use one of: device"),
        ("role = [1]", "use one of: device"),
        (DEVICE + "[helth]", "the file: unknown key `helth`; did you mean 'health'?"),
        (
            DEVICE + '[log]\nformat = "xml"',
            "log.format: Invalid enum value 'xml'; use one of: json, t",
        ),
        (
            DEVICE + "[log]\nlevl = 1",
            "log: unknown key `levl`; did you mean 'level'? the keys are: f",
        ),
        (DEVICE + "[health]\nport = 65536", "health.port: Expected a whole number <= 65535"),
        (DEVICE + '[health]\nport = "x"', "port: Expected a whole number, got text in quotes"),
        (DEVICE + "[health]\nalive_s = nan", "health.alive_s"),
        (DEVICE.replace("simulator", "rand"), KIND),
        (
            DEVICE.replace("scenario", "scenari"),
            "motor, entry 1.source: unknown key `scenari`; did",
        ),
        (DEVICE.replace('"simulator", scenario', '"adc", name'), ADC),
        (DEVICE.replace("[broker]", '[broker]\nhost = "10.0.0.7"'), "'10.0.0.7' is not this mach"),
        (DEVICE.replace("[broker]", '[broker]\nhost = "127.0.0.1.net"'), "[broker.tls] must name"),
        (DEVICE.replace("[broker]\n", ""), "the file: missing key `broker`"),
        (DEVICE.replace('"demo"', '"demo", speed = 0'), "speed"),
        (DEVICE.replace('"demo"', '"demo", speed = "fast"'), "use one of: max, or a number"),
        (DEVICE.replace('"demo"', '"demo", speed = inf'), "speed"),
        ('site = "a/b"\n' + DEVICE, "site"),
        ("ring_mb = 0\n" + DEVICE, "ring_mb: Expected a whole number >= 1"),
        ('role = "platform"\nstore = "mysql://x"\n[broker]', "store"),
    ],
)
def test_what_is_wrong_is_said_by_key_and_choice(text: str, words: str) -> None:
    with pytest.raises(BadConfig) as caught:
        parse_live(text)
    assert words in str(caught.value)


def test_the_file_is_named_and_the_role_must_fit(tmp_path: Path) -> None:
    path = tmp_path / "device.toml"
    path.write_text(DEVICE + "x = 1\n")
    with pytest.raises(BadConfig, match=r"device\.toml: motor, entry 1"):
        load_live(path)
    path.write_text(DEVICE)
    assert isinstance(load_role(path, DeviceConfig), DeviceConfig)
    with pytest.raises(BadConfig, match=r'device\.toml: role = "device", but this is the comm'):
        load_role(path, GatewayConfig)


def test_a_broker_elsewhere_needs_tls() -> None:
    tls = TlsConfig(ca="a", certificate="b", key="c")
    assert sections.Broker(host="plant.example", port=8883, tls=tls).tls is tls
    for host in ("localhost", "LOCALHOST", "127.1.2.3", "::1", "[::1]", "::1%lo"):
        assert sections.Broker(host=host).tls is None
    for host in ("[::1", "localhost.example", "127.0.0.1.example", "[127.0.0.1].example", "::2"):
        with pytest.raises(ValueError, match="is not this machine"):
            sections.Broker(host=host)


def test_an_address_in_brackets_is_dialled_without_them() -> None:
    pytest.importorskip("paho")
    from app.bus.mqtt_client import Broker, new_client

    for written, dialled in (("[::1]", "::1"), ("::1", "::1"), ("mq.example", "mq.example")):
        assert new_client("x", Broker(written, 1883), None).host == dialled


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(write_motor_template())
    simulated = '[[motor]]\nsource = {kind = "simulator", scenario = "demo"}\n'
    text = (
        f'release = "{tmp_path}/none.json"\n' + DEVICE + simulated + f'file = "{tmp_path}/m.toml"\n'
        '[[motor]]\nsource = {kind = "recording", path = "/no/such.npz"}\n' + simulated
        + '[broker.tls]\nca = "/no/ca"\ncertificate = "/dev/null"\nkey = "/dev/null"\n'
    )  # fmt: skip
    said = problems(parse_live(text))
    assert [one.split(":")[0] for one in said] == [
        "motor, entry 3",
        "motor, entry 4",
        "broker.tls",
        "release",
    ]
    assert "is that of motor, entry 1 too" in said[1]


def test_a_gateways_motors_are_a_folder_or_a_list(tmp_path: Path) -> None:
    head = 'role = "gateway"\n'
    missing = parse_live(f'{head}motors = "{tmp_path}"\n[broker]\n')
    assert "no .toml file in it" in problems(missing)[0]
    for name in ("a", "b"):
        text = write_motor_template().replace("pump-1", f"pump-{name}")
        (tmp_path / f"{name}.toml").write_text(text)
    assert problems(missing) == []
    twice = parse_live(f'{head}motors = ["{tmp_path}/a.toml", "{tmp_path}/./a.toml"]\n[broker]\n')
    assert problems(twice) != []


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["config", *words])
    if isinstance(result.exception, MotorwatchError):
        return result.exception.exit_code, result.stdout, str(result.exception)
    return result.exit_code, result.stdout, result.stderr


def test_the_command_prints_and_checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for role in ROLES:
        code, text, _ = run("example", role)
        assert code == 0
        Path(f"{role}.toml").write_text(text)
    for role in ("device", "platform", "up"):
        assert run("check", f"{role}.toml")[0] == 0
    code, said, why = run("check", "gateway.toml", "--json")
    assert code == 2
    assert "1 of its values" in why
    assert '"role":"gateway"' in said
    assert run("example", "nobody")[0] == 2
