"""A configuration's certificate is the one that its broker will know the process by."""

import json
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("cryptography")
from app.cli.main import app
from app.live_config.check import problems, warnings
from app.live_config.load import LiveConfig, parse_live
from app.live_config.own_certificate import check_identity
from app.live_config.sections import Broker
from app.pki.authority import init, issue
from app.pki.names import Role
from app.pki.order import Order
from app.tls import TlsConfig
from sensors.errors import BadConfig

DAY_NS = 86_400 * 10**9
MOTOR = '[[motor]]\nsource = {kind = "simulator", scenario = "demo"}\n'


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    folder = tmp_path / "ca"
    init(folder, "plant")
    return folder


def tls_of(ca: Path, name: str, role: Role, days: int = 365) -> TlsConfig:
    motors = ("m-1",) if role == "device" else ()
    bundle = issue(ca, Order(name, role, days, motors))
    at = {"certificate": f"{name}.crt", "key": f"{name}.key", "crl": "crl.pem", "ca": "ca.crt"}
    return TlsConfig(**{key: str(bundle / file) for key, file in at.items()})


def text_of(tls: TlsConfig, name: str = "") -> str:
    files = "".join(f'{key} = "{getattr(tls, key)}"\n' for key in ("ca", "certificate", "key"))
    named = f'name = "{name}"\n' if name else ""
    return f'role = "device"\n{MOTOR}[broker]\n{named}[broker.tls]\n{files}'


def config_of(tls: TlsConfig, name: str = "") -> LiveConfig:
    return parse_live(text_of(tls, name))


def test_a_name_that_fits_is_no_problem(ca: Path) -> None:
    tls = tls_of(ca, "press-node", "device")
    assert problems(config_of(tls, "press-node")) == []
    assert problems(config_of(tls_of(ca, "device", "device"))) == [], "the role, if left out"


@pytest.mark.parametrize(
    ("name", "said"),
    [("", 'no name, and so goes by "device",'), ("press-nod", 'name = "press-nod" and')],
)
def test_another_name_is_a_problem_that_says_what_to_write(ca: Path, name: str, said: str) -> None:
    (problem,) = problems(config_of(tls_of(ca, "press-node", "device"), name))
    assert problem.startswith("broker.name: [broker] has ")
    assert said in problem
    assert "'device:press-node'; write name = \"press-node\" there" in problem


def test_another_roles_certificate_says_how_to_issue_the_right_one(ca: Path) -> None:
    (problem,) = problems(config_of(tls_of(ca, "edge-1", "gateway"), "edge-1"))
    assert "gives a gateway's rights" in problem
    assert "--role device" in problem


def test_a_certificate_of_elsewhere_names_no_role(
    ca: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = tls_of(ca, "device", "device")
    monkeypatch.setattr(
        "app.live_config.own_certificate._common_name", lambda tls: "press-node.plant.example"
    )
    with pytest.raises(BadConfig, match=r"know only ROLE:NAME; have it issued"):
        check_identity("device", Broker(tls=tls))


def test_an_operator_needs_no_name_and_up_may_have_any_roles(ca: Path) -> None:
    anna = Broker(tls=tls_of(ca, "anna", "operator"))
    check_identity("operator", anna)
    with pytest.raises(BadConfig, match='name = "anne"'):
        check_identity("operator", Broker(name="anne", tls=anna.tls))
    platform = tls_of(ca, "all", "platform")
    check_identity("up", Broker(name="all", tls=platform))
    with pytest.raises(BadConfig, match='goes by "up"'):
        check_identity("up", Broker(tls=platform))


def test_files_that_cannot_be_read_are_told_once(ca: Path) -> None:
    tls = tls_of(ca, "press-node", "device")
    Path(tls.certificate).write_bytes(b"garbage")
    config = config_of(tls, "another")
    assert [one.split(":")[0] for one in problems(config)] == ["broker.tls"]
    assert warnings(config, time.time_ns()) == []


def test_what_expires_within_thirty_days_is_a_warning(ca: Path) -> None:
    config = config_of(tls_of(ca, "device", "device", days=40))
    now_ns = time.time_ns()
    assert warnings(config, now_ns) == []
    (soon,) = warnings(config, now_ns + 11 * DAY_NS)
    assert soon.startswith("broker.tls: ")
    assert "in 28 days; renew it: motorwatch pki issue" in soon
    assert warnings(config, now_ns + 41 * DAY_NS) == [], "that is a problem, no warning"


def test_the_authority_that_signed_counts_and_no_other_of_the_bundle(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    init(old, "plant", days=400)
    init(new, "plant 2", days=4000)
    tls = tls_of(old, "device", "device", days=399)
    bundle = Path(tls.ca)
    bundle.write_bytes((new / "ca.crt").read_bytes() + bundle.read_bytes())
    now_ns = time.time_ns()
    said = warnings(config_of(tls), now_ns + 390 * DAY_NS)
    assert [one.split(": ")[1] for one in said] == [tls.certificate, tls.ca]
    bundle.write_bytes(bundle.read_bytes() + (new / "ca.crt").read_bytes())
    young = tls_of(new, "young", "device", days=1000)
    Path(young.ca).write_bytes(bundle.read_bytes())
    assert warnings(config_of(young), now_ns + 390 * DAY_NS) == [], "the old one signed nothing"


def test_where_none_signed_the_soonest_end_counts(tmp_path: Path) -> None:
    long, short, third = (tmp_path / name for name in ("long", "short", "third"))
    for folder, days in ((long, 4000), (short, 400), (third, 4000)):
        init(folder, folder.name, days=days)
    tls = tls_of(third, "device", "device", days=1000)
    Path(tls.ca).write_bytes((short / "ca.crt").read_bytes() + (long / "ca.crt").read_bytes())
    (said,) = warnings(config_of(tls), time.time_ns() + 390 * DAY_NS)
    assert f"{tls.ca}: expires on" in said


def test_the_command_shows_warnings_and_passes(ca: Path, tmp_path: Path) -> None:
    path = tmp_path / "device.toml"
    path.write_text(text_of(tls_of(ca, "device", "device", days=10)))
    done = CliRunner().invoke(app, ["config", "check", str(path), "--json"])
    assert done.exit_code == 0
    said = json.loads(done.stdout)
    assert said["problems"] == []
    assert "device.crt: expires on" in said["warnings"][0]
    assert "warning: broker.tls" in done.stderr.replace("\n", " ")
