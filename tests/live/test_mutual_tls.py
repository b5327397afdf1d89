"""Who gets in at a real broker, and what those who are in may do: every combination tried."""

import re
import ssl
import time
import warnings
from pathlib import Path

import pytest
from mqtt_client import Probe, Refused
from secure_mosquitto import SITE, SecureBroker, bundle_config

from app.pki.authority import init, issue
from app.pki.order import Order
from app.tls import TlsConfig, client_context
from app.topics import topic

DENIED = "Not authorized"


def unchecked_context(config: TlsConfig) -> ssl.SSLContext:
    """What a hostile client uses: its files go out whatever they are."""
    context = ssl.create_default_context(cafile=config.ca)
    context.load_cert_chain(config.certificate, config.key)
    return context


def refusal(broker: SecureBroker, context: ssl.SSLContext | None) -> str:
    """How TLS 1.2 words it; TLS 1.3, where the client hears of it late, must refuse too."""
    with pytest.raises(Refused) as refused:
        Probe(broker, context).close()
    if context is not None and context.maximum_version == ssl.TLSVersion.MAXIMUM_SUPPORTED:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        return refusal(broker, context)
    assert str(refused.value).startswith("transport")
    return str(refused.value)


@pytest.mark.parametrize("name", ["device-1", "gateway-1", "platform-1", "anna"])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_the_right_certificate_is_let_in(
    secure_broker: SecureBroker, name: str, version: ssl.TLSVersion
) -> None:
    context = client_context(secure_broker.tls(name))
    context.maximum_version = version
    probe = Probe(secure_broker, context)
    assert probe.client.socket().version() == version.name.replace("_", ".")
    probe.close()


def test_no_certificate(secure_broker: SecureBroker) -> None:
    context = ssl.create_default_context(cafile=secure_broker.tls("anna").ca)
    assert "HANDSHAKE_FAILURE" in refusal(secure_broker, context)
    secure_broker.wait_for_log("peer did not return a certificate")


def test_plaintext(secure_broker: SecureBroker) -> None:
    refusal(secure_broker, None)
    assert "New client connected" not in secure_broker.log()


def test_a_certificate_of_another_authority(secure_broker: SecureBroker, tmp_path: Path) -> None:
    # Same site, same names: only the key differs.
    init(tmp_path / "forged", SITE)
    bundle = issue(tmp_path / "forged", Order("platform-1", "platform", 30))
    context = unchecked_context(bundle_config(bundle, "platform-1"))
    context.load_verify_locations(secure_broker.tls("anna").ca)
    assert re.search("UNKNOWN_CA|DECRYPT_ERROR", refusal(secure_broker, context))


def test_a_certificate_signed_by_nobody_but_a_client(
    secure_broker: SecureBroker, tmp_path: Path
) -> None:
    # A device that plays authority: its own certificate may not sign others.
    forged = tmp_path / "forged"
    init(forged, SITE)
    device = secure_broker.tls("device-1")
    (forged / "ca.crt").write_bytes(Path(device.certificate).read_bytes())
    (forged / "ca.key").write_bytes(Path(device.key).read_bytes())
    bundle = issue(forged, Order("platform-1", "platform", 30))
    chain = bundle / "platform-1.crt"
    chain.write_bytes(chain.read_bytes() + Path(device.certificate).read_bytes())
    context = unchecked_context(bundle_config(bundle, "platform-1"))
    context.load_verify_locations(device.ca)
    assert "INVALID_CA" in (said := refusal(secure_broker, context)) or "UNKNOWN_CA" in said


def test_an_expired_certificate(secure_broker: SecureBroker) -> None:
    bundle = issue(
        secure_broker.authority,
        Order("old", "platform", 30),
        now_ns=lambda: time.time_ns() - 31 * 86_400 * 10**9,
    )
    said = refusal(secure_broker, unchecked_context(bundle_config(bundle, "old")))
    assert "CERTIFICATE_EXPIRED" in said


def test_a_revoked_certificate(secure_broker: SecureBroker) -> None:
    context = client_context(secure_broker.tls("platform-1"))
    Probe(secure_broker, context).close()
    secure_broker.revoke("platform-1")
    assert "CERTIFICATE_REVOKED" in refusal(secure_broker, context)
    Probe(secure_broker, client_context(secure_broker.tls("gateway-1"))).close()


def test_revocations_in_one_second_all_count(secure_broker: SecureBroker) -> None:
    for name in ("device-1", "platform-1", "anna"):
        secure_broker.revoke(name)
    for name in ("device-1", "platform-1", "anna"):
        assert "CERTIFICATE_REVOKED" in refusal(
            secure_broker, client_context(secure_broker.tls(name))
        )
    Probe(secure_broker, client_context(secure_broker.tls("device-2"))).close()


def test_revocations_hold_after_a_restart(secure_broker: SecureBroker) -> None:
    secure_broker.revoke("device-1")
    secure_broker.restart()
    assert "CERTIFICATE_REVOKED" in refusal(
        secure_broker, client_context(secure_broker.tls("device-1"))
    )
    Probe(secure_broker, client_context(secure_broker.tls("device-2"))).close()


def test_who_is_revoked_while_connected_is_heard_no_more(secure_broker: SecureBroker) -> None:
    listener = Probe(secure_broker, client_context(secure_broker.tls("anna")))
    listener.subscribe("motorwatch/v1/plant/#")
    device = Probe(secure_broker, client_context(secure_broker.tls("device-1")))
    device.subscribe(topic(SITE, "press-3", "cmd"))
    assert device.publish(topic(SITE, "press-3", "report"), b"before") == "Success"
    secure_broker.revoke("device-1")
    assert device.publish(topic(SITE, "press-3", "report"), b"after") == DENIED
    assert listener.publish(topic(SITE, "press-3", "cmd")) == "Success"
    assert device.settle() == []
    # What it said while it had the right to is delivered; nothing later is.
    assert listener.settle()[0] == (topic(SITE, "press-3", "report"), b"before")
    assert b"after" not in [payload for _, payload in listener.received]
    device.close()
    listener.close()


def test_old_tls(secure_broker: SecureBroker) -> None:
    context = client_context(secure_broker.tls("anna"))
    # Without this our own library would refuse first, and nothing would reach the broker.
    context.set_ciphers("ALL@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1_1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    assert "PROTOCOL_VERSION" in refusal(secure_broker, context).upper()
    secure_broker.wait_for_log("unsupported protocol")


def test_the_brokers_own_certificate_is_no_clients(secure_broker: SecureBroker) -> None:
    context = unchecked_context(secure_broker.tls("broker"))
    assert "UNSUPPORTED_CERTIFICATE" in refusal(secure_broker, context)


def test_a_certificate_that_the_list_does_not_know_may_do_nothing(
    secure_broker: SecureBroker,
) -> None:
    # Issued, so it gets in, but the broker's access list was not written anew.
    stranger = secure_broker.issue("device-9", "device", ("press-9",))
    probe = Probe(secure_broker, client_context(stranger))
    assert probe.publish(topic(SITE, "press-9", "report")) == DENIED
    secure_broker.update()
    assert probe.publish(topic(SITE, "press-9", "report")) == "No matching subscribers"
    probe.close()
