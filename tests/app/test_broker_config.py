"""The folder of a broker: what stands in it, whose it is, and what is refused."""

import os
import stat
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("cryptography")
from app.broker.access import RIGHTS, access_list
from app.broker.configuration import Listener, configuration
from app.broker.files import BrokerFiles
from app.broker.limits import MESSAGE_BYTES, PACKET_BYTES
from app.broker.write import write_broker
from app.bus.topic_filter import check_pattern
from app.messages import MAX_BYTES
from app.pki.authority import init, issue, revoke
from app.pki.ledger import Issued
from app.pki.order import Order
from sensors.errors import BadConfig, MotorwatchError, UnsafeKey

FILES = BrokerFiles(Path("/etc/mosquitto/motorwatch"))


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    folder = tmp_path / "ca"
    init(folder, "plant")
    issue(folder, Order("mq", "broker", 30, hosts=("127.0.0.1",)))
    issue(folder, Order("node", "device", 30, motors=("press-3",)))
    return folder


def settings_of(text: str) -> dict[str, str]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    pairs = [line.split(" ", 1) for line in lines if not line.startswith("log_type")]
    assert len({name for name, _ in pairs}) == len(pairs), "a setting stands twice"
    return dict(pairs)  # type: ignore[arg-type]


def test_there_is_one_way_in_and_it_asks_for_a_certificate() -> None:
    said = settings_of(configuration(FILES, Listener(8883, "127.0.0.1")))
    assert said["listener"] == "8883 127.0.0.1"
    assert said["allow_anonymous"] == "false"
    assert said["require_certificate"] == "true"
    assert said["use_identity_as_username"] == "true"
    assert said["use_username_as_clientid"] == "true"
    assert said["tls_version"] == "tlsv1.2"
    assert said["crlfile"] == "/etc/mosquitto/motorwatch/crl.pem"
    assert said["acl_file"] == "/etc/mosquitto/motorwatch/access.acl"
    assert not {"password_file", "port", "plugin", "auth_plugin", "bridge_insecure"} & set(said)


def test_every_message_of_ours_fits_and_little_more() -> None:
    assert max(MAX_BYTES.values()) <= MESSAGE_BYTES < PACKET_BYTES < 2 * MESSAGE_BYTES


@pytest.mark.parametrize("port", [0, -1, 65_536])
def test_impossible_ports(port: int) -> None:
    with pytest.raises(BadConfig, match="port"):
        configuration(FILES, Listener(port))


@pytest.mark.parametrize("bind", ["127.0.0.1\nallow_anonymous true", "eth0 ", "*", "a b"])
def test_hostile_addresses(bind: str) -> None:
    with pytest.raises(BadConfig):
        configuration(FILES, Listener(8883, bind))


@pytest.mark.parametrize("folder", ["/x\nallow_anonymous true", "/x ", "/x\r", "relative"])
def test_hostile_folders(folder: str) -> None:
    with pytest.raises(BadConfig):
        configuration(BrokerFiles(Path(folder)), Listener())


@settings(deadline=None, max_examples=200)
@given(site=st.text(max_size=20), motor=st.text(max_size=20), name=st.text(max_size=12))
def test_no_name_makes_a_rule_of_its_own(site: str, motor: str, name: str) -> None:
    one = Issued(
        name=name, role="device", motors=(motor,), serial="1", not_before_s=0, not_after_s=1
    )
    try:
        text = access_list(site, [one])
    except BadConfig:
        return
    rules = [line for line in text.splitlines() if line and not line.startswith("#")]
    rights = RIGHTS["device"]
    assert len(rules) == 2 + len(rights.publishes) + len(rights.reads)
    assert rules[0] == f"user device:{name}"
    for rule in rules[1:]:
        word, access, topic = rule.split(" ", 2)
        assert (word, access in ("read", "write")) == ("topic", True)
        assert topic.split("/")[:3] == ["motorwatch", "v1", site]
        assert topic.split("/")[3] in (motor, name)


@pytest.mark.parametrize("role", sorted(RIGHTS))
def test_every_rule_is_a_well_formed_pattern(role: str) -> None:
    one = Issued(name="x", role=role, motors=("m",), serial="1", not_before_s=0, not_after_s=1)  # type: ignore[arg-type]
    for line in access_list("plant", [one]).splitlines():
        if line.startswith("topic"):
            check_pattern(line.split(" ", 2)[2])


def test_revoked_and_expired_certificates_lose_their_rights(ca: Path, tmp_path: Path) -> None:
    then = time.time_ns() - 31 * 86_400 * 10**9
    issue(ca, Order("old", "platform", 30), now_ns=lambda: then)
    files = write_broker(ca, tmp_path / "broker", Listener())
    assert "user device:node" in files.access.read_text()
    assert "old" not in files.access.read_text()
    revoke(ca, "node")
    write_broker(ca, tmp_path / "broker", Listener())
    assert "node" not in files.access.read_text()
    assert files.revocations.read_bytes() == (ca / "crl.pem").read_bytes()


def test_secrets_are_secret_and_queues_stay(ca: Path, tmp_path: Path) -> None:
    files = write_broker(ca, tmp_path / "broker", Listener())
    (files.data / "mosquitto.db").write_bytes(b"queues")
    write_broker(ca, tmp_path / "broker", Listener())
    assert (files.data / "mosquitto.db").read_bytes() == b"queues"
    assert stat.S_IMODE(files.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(files.key.stat().st_mode) == 0o600
    assert not list(files.folder.glob("*ca.key*"))


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to write for another user")
def test_what_root_writes_belongs_to_the_brokers_user(ca: Path, tmp_path: Path) -> None:
    folder = tmp_path / "broker"
    folder.mkdir()
    os.chown(folder, 12345, 12346)
    write_broker(ca, folder, Listener())
    owners = {(path.stat().st_uid, path.stat().st_gid) for path in folder.iterdir()}
    assert owners == {(12345, 12346)}


def test_a_folder_on_another_machine(ca: Path, tmp_path: Path) -> None:
    files = write_broker(ca, tmp_path / "out", Listener(), seen_at=Path("/mosquitto/config"))
    text = files.configuration.read_text()
    assert "/mosquitto/config/broker.key" in text
    assert str(tmp_path) not in text


def test_a_key_that_left_the_authority_is_kept_where_it_is(ca: Path, tmp_path: Path) -> None:
    files = write_broker(ca, tmp_path / "broker", Listener())
    before = files.key.read_bytes()
    (ca / "issued" / "mq" / "mq.key").unlink()
    write_broker(ca, tmp_path / "broker", Listener())
    assert files.key.read_bytes() == before
    with pytest.raises(MotorwatchError, match=r"mq\.key"):
        write_broker(ca, tmp_path / "other", Listener())


def test_a_link_in_the_brokers_folder_leads_nowhere(ca: Path, tmp_path: Path) -> None:
    # A broker's user that was taken over owns this folder, and root writes into it.
    secret = tmp_path / "secret"
    secret.write_bytes(b"root's own")
    files = write_broker(ca, tmp_path / "broker", Listener())
    names = ("broker.key", "broker.crt", "ca.crt", "crl.pem", "access.acl", "mosquitto.conf")
    for name in names:
        (files.folder / name).unlink()
        (files.folder / name).symlink_to(secret)
    write_broker(ca, tmp_path / "broker", Listener())
    assert secret.read_bytes() == b"root's own"
    assert not [name for name in names if (files.folder / name).is_symlink()]
    (ca / "issued" / "mq" / "mq.key").unlink()
    files.key.unlink()
    files.key.symlink_to(secret)
    write_broker(ca, tmp_path / "broker", Listener())
    assert files.key.is_symlink()
    files.data.rmdir()
    files.data.symlink_to(tmp_path)
    with pytest.raises(MotorwatchError, match="not a folder"):
        write_broker(ca, tmp_path / "broker", Listener())


def test_a_key_that_others_read_is_not_copied(ca: Path, tmp_path: Path) -> None:
    (ca / "issued" / "mq" / "mq.key").chmod(0o644)
    with pytest.raises(UnsafeKey):
        write_broker(ca, tmp_path / "broker", Listener())
    assert not (tmp_path / "broker").exists()


def test_a_broker_needs_a_certificate_and_a_choice_between_two(ca: Path, tmp_path: Path) -> None:
    issue(ca, Order("mq2", "broker", 30, hosts=("127.0.0.2",)))
    with pytest.raises(BadConfig, match="mq, mq2"):
        write_broker(ca, tmp_path / "broker", Listener())
    write_broker(ca, tmp_path / "broker", Listener(), name="mq2")
    with pytest.raises(BadConfig, match="--role broker"):
        write_broker(ca, tmp_path / "broker", Listener(), name="node")
    with pytest.raises(BadConfig, match="pki init"):
        write_broker(tmp_path / "none", tmp_path / "broker", Listener())


@pytest.mark.parametrize("below", [".", "broker", "issued/mq"])
def test_a_broker_is_not_written_into_the_authority(ca: Path, below: str) -> None:
    before = sorted(path.read_bytes() for path in ca.rglob("*") if path.is_file())
    with pytest.raises(BadConfig, match="do not belong"):
        write_broker(ca, ca / below, Listener())
    assert sorted(path.read_bytes() for path in ca.rglob("*") if path.is_file()) == before


# --- a plant's own rules --------------------------------------------------------------------------


def test_rules_of_the_plant_go_along_while_the_certificate_holds(ca: Path, tmp_path: Path) -> None:
    issue(ca, Order("edge", "gateway", 30))
    (ca / "rules.acl").write_text(
        "# ours\nuser device:node\ntopic write plc/a b/#\n\nuser gateway:edge\n topic read plc/#\n"
    )
    files = write_broker(ca, tmp_path / "broker", Listener())
    assert files.access.read_text().endswith(
        "user device:node\ntopic write plc/a b/#\nuser gateway:edge\ntopic read plc/#\n"
    )
    revoke(ca, "node")
    write_broker(ca, tmp_path / "broker", Listener())
    assert "node" not in files.access.read_text()
    assert files.access.read_text().endswith("user gateway:edge\ntopic read plc/#\n")


@pytest.mark.parametrize(
    "rules",
    ["topic read plc/#", "user device:node\ntopic read #", "user device:node\ntopic read +/v1/#",
     "user device:node\ntopic write motorwatch/v1/plant/x/ack", "user device:nobody",
     "user device:node\npattern read %u/#", "user device:node\ntopic plc/#", "user node",
     "user device:node\ntopic read plc/#/x", "user device:node\ntopic read a\x0bb", "x",
     "user device:node\ntopic deny x", "user device:node\ntopic read a\rtopic read #"],
)  # fmt: skip
def test_rules_that_are_refused(ca: Path, tmp_path: Path, rules: str) -> None:
    (ca / "rules.acl").write_text(rules, newline="")
    with pytest.raises(BadConfig, match=r"rules\.acl"):
        write_broker(ca, tmp_path / "broker", Listener())
    assert not (tmp_path / "broker").exists()


def test_rules_that_others_may_write_are_refused(ca: Path, tmp_path: Path) -> None:
    (ca / "rules.acl").write_text("")
    (ca / "rules.acl").chmod(0o666)
    with pytest.raises(UnsafeKey):
        write_broker(ca, tmp_path / "broker", Listener())
