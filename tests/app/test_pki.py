"""A plant's certificate authority: what it issues, what it refuses, what it leaves behind."""

import json
import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("cryptography")
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from app.audit import AuditLog
from app.pki import authority
from app.pki.authority import init, issue, revoke
from app.pki.ledger import current, load_ledger
from app.pki.names import check_host, check_level, check_name
from app.pki.order import Order
from sensors.errors import BadCertificate, BadConfig, OutputError, UnsafeKey

DAY_NS = 86_400 * 10**9
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    folder = tmp_path / "ca"
    init(folder, "plant")
    return folder


def device(name: str = "press-node", *motors: str, **more: object) -> Order:
    return Order(name, "device", 30, motors=motors or ("press-3",), **more)  # type: ignore[arg-type]


def certificate(bundle: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate((bundle / f"{bundle.name}.crt").read_bytes())


def acts(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "audit.jsonl").read_text().splitlines()]


def openssl(*words: str | Path) -> str:
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True)
    return done.stdout + done.stderr


# --- what is made ---------------------------------------------------------------------------------


def test_an_authority_may_sign_certificates_and_nothing_below_it_may(ca: Path) -> None:
    known = x509.load_pem_x509_certificate((ca / "ca.crt").read_bytes())
    bounds = known.extensions.get_extension_for_class(x509.BasicConstraints)
    usage = known.extensions.get_extension_for_class(x509.KeyUsage)
    assert bounds.critical and bounds.value.ca and bounds.value.path_length == 0
    assert usage.critical and usage.value.key_cert_sign and usage.value.crl_sign
    assert not usage.value.digital_signature
    own = certificate(issue(ca, device()))
    assert not own.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert not own.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    assert isinstance(own.public_key(), ec.EllipticCurvePublicKey)


@pytest.mark.parametrize(
    ("order", "common", "purpose"),
    [
        (device(), "device:press-node", "1.3.6.1.5.5.7.3.2"),
        (Order("edge", "gateway", 30), "gateway:edge", "1.3.6.1.5.5.7.3.2"),
        (Order("hub", "platform", 30), "platform:hub", "1.3.6.1.5.5.7.3.2"),
        (Order("anna", "operator", 30), "operator:anna", "1.3.6.1.5.5.7.3.2"),
        (Order("mq", "broker", 30, hosts=("10.0.0.7",)), "broker:mq", "1.3.6.1.5.5.7.3.1"),
    ],
)
def test_the_common_name_says_role_and_name(
    ca: Path, order: Order, common: str, purpose: str
) -> None:
    known = certificate(issue(ca, order))
    assert known.subject.rfc4514_string() == f"CN={common}"
    uses = known.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [use.dotted_string for use in uses] == [purpose]


def test_openssl_in_strict_mode_accepts_what_is_made(ca: Path) -> None:
    bundle = issue(ca, Order("mq", "broker", 30, hosts=("mq.plant.example", "fd00::7")))
    checked = openssl(
        "verify", "-x509_strict", "-crl_check", "-CAfile", ca / "ca.crt", "-CRLfile",
        ca / "crl.pem", "-purpose", "sslserver", "-verify_hostname", "mq.plant.example",
        bundle / "mq.crt",
    )  # fmt: skip
    assert checked.strip().endswith("OK")
    revoke(ca, "mq")
    assert "certificate revoked" in openssl(
        "verify", "-crl_check", "-CAfile", ca / "ca.crt", "-CRLfile", ca / "crl.pem",
        bundle / "mq.crt",
    )  # fmt: skip


def test_only_the_owner_may_read_keys_or_enter(ca: Path) -> None:
    bundle = issue(ca, device())
    for folder in (ca, ca / "issued", bundle):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in (ca / "ca.key", ca / "ledger.json", ca / "audit.jsonl", bundle / "press-node.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {path.name for path in bundle.iterdir()} == {
        "ca.crt", "crl.pem", "press-node.crt", "press-node.key",
    }  # fmt: skip


def test_rights_do_not_depend_on_the_umask(ca: Path) -> None:
    old = os.umask(0)
    try:
        bundle = issue(ca, device())
    finally:
        os.umask(old)
    assert stat.S_IMODE((bundle / "press-node.key").stat().st_mode) == 0o600
    assert not [p for p in (ca, *ca.rglob("*")) if p.stat().st_mode & 0o022]


def test_validity_and_serial(ca: Path) -> None:
    known = certificate(issue(ca, device(), now_ns=lambda: time.time_ns() - 400 * DAY_NS))
    assert 30 <= (known.not_valid_after_utc - known.not_valid_before_utc).days <= 31
    assert known.not_valid_after_utc.timestamp() < time.time()
    assert load_ledger(ca).issued[0].serial == f"{known.serial_number:x}"
    assert current(load_ledger(ca).issued, time.time()) == ()


@pytest.mark.parametrize("site", ["ü" * 120, "工場" * 40, "a b", "x" * 120, "a%u,CN=b"])
def test_long_and_foreign_names_of_sites(tmp_path: Path, site: str) -> None:
    init(tmp_path / "ca", site)
    issue(tmp_path / "ca", device("n", site))
    assert load_ledger(tmp_path / "ca").site == site


# --- acts -----------------------------------------------------------------------------------------


def test_every_act_is_audited_with_who_and_when(ca: Path) -> None:
    issue(ca, device())
    revoke(ca, "press-node")
    said = acts(ca)
    assert [one["act"] for one in said] == ["pki init", "pki issue", "pki revoke"]
    assert said[1]["serial"] == load_ledger(ca).issued[0].serial
    assert said[2]["serials"] == [said[1]["serial"]]
    assert all(one["who"] and str(one["when"]).endswith("+00:00") for one in said)


def test_nothing_is_done_that_cannot_be_audited(ca: Path) -> None:
    (ca / "audit.jsonl").unlink()
    (ca / "audit.jsonl").mkdir()
    with pytest.raises(OutputError, match="was not done"):
        issue(ca, device())
    assert load_ledger(ca).issued == ()
    assert not (ca / "issued").exists()


def test_an_authority_is_never_overwritten(ca: Path) -> None:
    before = {path.name: path.read_bytes() for path in ca.iterdir()}
    with pytest.raises(BadConfig, match="never overwritten"):
        init(ca, "plant")
    assert {path.name: path.read_bytes() for path in ca.iterdir()} == before


def test_a_name_has_one_certificate_until_it_is_renewed_or_revoked(ca: Path) -> None:
    issue(ca, device("node", "a", "b"))
    with pytest.raises(BadConfig, match="--renew"):
        issue(ca, device("node"))
    with pytest.raises(BadConfig, match="cannot make it a platform"):
        issue(ca, Order("node", "platform", 30, renew=True))
    first = certificate(ca / "issued" / "node")
    issue(ca, Order("node", None, 30, renew=True))
    assert certificate(ca / "issued" / "node").serial_number != first.serial_number
    assert load_ledger(ca).issued[-1].motors == ("a", "b")
    assert len(revoke(ca, "node")) == 2
    issue(ca, device("node", "c"))
    assert [one.motors for one in current(load_ledger(ca).issued, time.time())] == [("c",)]


def test_a_revoked_certificate_is_listed_in_every_bundle(ca: Path) -> None:
    gone, stays = issue(ca, device("gone", "a")), issue(ca, device("stays", "b"))
    revoke(ca, "gone")
    for folder in (ca, gone, stays):
        crl = x509.load_pem_x509_crl((folder / "crl.pem").read_bytes())
        assert [one.serial_number for one in crl] == [certificate(gone).serial_number]
    with pytest.raises(BadConfig, match="left to revoke"):
        revoke(ca, "gone")


def test_lists_of_revocations_rise_within_one_second_and_hold_already(ca: Path) -> None:
    updates = []
    now_s = time.time_ns()
    for index in range(5):
        issue(ca, device(f"n{index}", f"m{index}"), now_ns=lambda: now_s)
        revoke(ca, f"n{index}", now_ns=lambda: now_s)
        crl = x509.load_pem_x509_crl((ca / "crl.pem").read_bytes())
        updates.append(crl.last_update_utc.timestamp())
    assert updates == sorted(set(updates))
    assert updates[-1] < now_s / 1e9


def test_a_certificate_never_outlives_its_authority(tmp_path: Path) -> None:
    init(tmp_path / "ca", "plant", days=20)
    with pytest.raises(BadConfig, match="outlive"):
        issue(tmp_path / "ca", device())


@pytest.mark.parametrize("days", [0, -1, 10**9])
def test_impossible_lengths_of_time(ca: Path, tmp_path: Path, days: int) -> None:
    with pytest.raises(BadConfig, match="days"):
        issue(ca, Order("n", "device", days, motors=("m",)))
    with pytest.raises(BadConfig, match="days"):
        init(tmp_path / "other", "plant", days=days)


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (Order("n", "device", 30), "--motor"),
        (Order("n", "broker", 30), "--host"),
        (Order("n", "platform", 30, motors=("m",)), "--motor is for a device"),
        (Order("n", "device", 30, motors=("m",), hosts=("h",)), "--host is for a broker"),
        (Order("n", None, 30), "--role"),
        (Order("n", None, 30, renew=True), "no certificate yet"),
    ],
)
def test_orders_that_make_no_sense(ca: Path, order: Order, said: str) -> None:
    with pytest.raises(BadConfig, match=said):
        issue(ca, order)


def test_a_name_that_is_anothers_motor_is_refused(ca: Path) -> None:
    issue(ca, device("node", "press-3"))
    with pytest.raises(BadConfig, match="another's motor"):
        issue(ca, Order("press-3", "gateway", 30))
    with pytest.raises(BadConfig, match="another's motor"):
        issue(ca, device("other", "node"))
    issue(ca, device("same", "same"))


def test_a_crash_before_the_files_leaves_a_line_that_can_be_revoked(
    ca: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(folder: Path) -> None:
        raise OutputError("disk")

    monkeypatch.setattr(authority, "make_private_folder", fail)
    with pytest.raises(OutputError):
        issue(ca, device())
    monkeypatch.undo()
    assert len(load_ledger(ca).issued) == 1
    issue(ca, device(renew=True))
    assert len(revoke(ca, "press-node")) == 2


def test_acts_at_the_same_time_are_all_kept(ca: Path) -> None:
    threads = [
        threading.Thread(target=issue, args=(ca, device(f"n{i}", f"m{i}"))) for i in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.name for one in load_ledger(ca).issued} == {f"n{i}" for i in range(12)}
    assert len(acts(ca)) == 13


def test_an_audit_line_is_one_line_whatever_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 0)
    monkeypatch.setenv("SUDO_USER", 'x\n{"act": "forged"}\udcff')
    log = AuditLog(tmp_path / "log")
    log.write("act", {"path": "a\nb\udcff", "names": ["c\n"]})
    log.write("next", {})
    lines = (tmp_path / "log").read_text().splitlines()
    assert [json.loads(line)["act"] for line in lines] == ["act", "next"]
    assert "sudo by x" in json.loads(lines[0])["who"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_said(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="No space"):
        AuditLog(Path("/dev/full")).write("act", {})


# --- keys -----------------------------------------------------------------------------------------


def test_an_encrypted_authority_needs_its_passphrase(tmp_path: Path) -> None:
    ca = tmp_path / "ca"
    init(ca, "plant", passphrase=b"long and secret")
    assert b"ENCRYPTED" in (ca / "ca.key").read_bytes()
    for wrong in (None, b"wrong"):
        with pytest.raises(BadConfig, match=r"passphrase|Password"):
            issue(ca, device(), passphrase=wrong)
    bundle = issue(ca, device(), passphrase=b"long and secret")
    assert b"ENCRYPTED" not in (bundle / "press-node.key").read_bytes()


def test_a_key_that_others_could_read_signs_nothing(ca: Path) -> None:
    (ca / "ca.key").chmod(0o640)
    with pytest.raises(UnsafeKey, match="chmod 600"):
        issue(ca, device())


def test_a_key_of_another_authority_signs_nothing(ca: Path, tmp_path: Path) -> None:
    init(tmp_path / "other", "plant")
    (ca / "ca.key").write_bytes((tmp_path / "other" / "ca.key").read_bytes())
    with pytest.raises(BadCertificate, match="not that of its certificate"):
        issue(ca, device())


def request(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, name: str = "x") -> bytes:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    # It asks for everything; nothing of that may be granted.
    made = x509.CertificateSigningRequestBuilder().subject_name(subject)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def test_of_a_signing_request_the_key_alone_counts(ca: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    bundle = issue(ca, device(request=request(key, "platform:platform-1")))
    known = certificate(bundle)
    assert known.public_key() == key.public_key()
    assert known.subject.rfc4514_string() == "CN=device:press-node"
    assert not known.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert not list(bundle.glob("*.key"))


def test_a_key_of_before_does_not_stay_beside_a_certificate_it_does_not_fit(ca: Path) -> None:
    bundle = issue(ca, device())
    key = ec.generate_private_key(ec.SECP256R1())
    issue(ca, device(renew=True, request=request(key)))
    assert not list(bundle.glob("*.key"))


def test_signing_requests_that_are_refused(ca: Path) -> None:
    whole = request(ec.generate_private_key(ec.SECP256R1()))
    der = bytearray(x509.load_pem_x509_csr(whole).public_bytes(serialization.Encoding.DER))
    der[-1] ^= 1
    forged = x509.load_der_x509_csr(bytes(der)).public_bytes(serialization.Encoding.PEM)
    weak = request(rsa.generate_private_key(public_exponent=65537, key_size=1024))
    small = request(ec.generate_private_key(ec.SECP192R1()))
    for bad in (b"x", whole[:100], forged, weak, small, (ca / "ca.crt").read_bytes()):
        with pytest.raises(BadCertificate, match="signing request"):
            issue(ca, device(request=bad))
    assert load_ledger(ca).issued == ()


# --- names ----------------------------------------------------------------------------------------

HOSTILE = [
    "", ".", "..", "a/b", "../ca", "/etc/passwd", "a\0b", "a\nuser platform:x", "-rf", "a-", "A",
    "a b", "a+", "#", "+", "a:b", "ä", "a" * 49, "a.", "$SYS", "a\u202eb", "con\r", "a,CN=b", "%u",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(ca: Path, name: str) -> None:
    with pytest.raises(BadConfig):
        issue(ca, device(name, "m"))
    assert load_ledger(ca).issued == ()


@pytest.mark.parametrize(
    "motor",
    ["", "+", "#", "a/b", "a\n", "a\nuser x", "a\r", " a", "a ", "\ta", "a\0", "$x", "x" * 121,
     "a\u2028b", "\ud800"],
)  # fmt: skip
def test_hostile_motors_and_sites(ca: Path, tmp_path: Path, motor: str) -> None:
    with pytest.raises(BadConfig):
        issue(ca, device("n", motor))
    with pytest.raises(BadConfig):
        init(tmp_path / "other", motor)
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    "host",
    ["", "*", "*.plant.example", "a b", "a_b", "-a", "a..b", "1.2.3", "1.2.3.256", "a/b", "a\n",
     "x" * 64, "a." * 130, "http://a", "a:8883", "ä.example"],
)  # fmt: skip
def test_hostile_hosts(host: str) -> None:
    with pytest.raises(BadConfig):
        check_host(host)


@given(st.text())
def test_a_name_that_passes_is_one_plain_word(name: str) -> None:
    try:
        check_name(name)
    except BadConfig:
        return
    assert name.isascii() and Path(name).name == name and name == name.strip().lower()


@given(st.text())
def test_a_motor_that_passes_is_one_line_and_one_level(motor: str) -> None:
    try:
        check_level("motor", motor)
    except BadConfig:
        return
    assert motor.splitlines() == [motor] and motor.strip() == motor
    assert not set("+#/\0") & set(motor)
    motor.encode()


@pytest.mark.parametrize(
    "damage",
    [b"", b"{}", b"[]", b"\xff", b'{"site":"a\\nuser x","not_after_s":1,"crl_s":1}'],
)
def test_a_damaged_ledger_is_refused(ca: Path, damage: bytes) -> None:
    (ca / "ledger.json").write_bytes(damage)
    for act in (lambda: issue(ca, device()), lambda: revoke(ca, "x"), lambda: load_ledger(ca)):
        with pytest.raises(BadConfig, match="ledger"):
            act()


def test_a_ledger_that_was_made_to_grant_more_is_refused(ca: Path) -> None:
    issue(ca, device("node", "a"))
    text = (ca / "ledger.json").read_text()
    (ca / "ledger.json").write_text(text.replace('"a"', '"#"'))
    with pytest.raises(BadConfig, match="cannot stand in a topic"):
        load_ledger(ca)


def test_without_the_library_the_extra_is_named() -> None:
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; sys.modules['cryptography'] = None\n"
            "from sensors.errors import MissingDependency\n"
            "try:\n import app.pki.authority\n"
            "except MissingDependency as error: print(error)",
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert "motorwatch[live]" in said.stdout, said.stderr
