"""What is asked of an authority, and whether it may be followed."""

from dataclasses import dataclass, replace

from app.pki.ledger import Issued, Ledger, current
from app.pki.names import Role, check_host, check_level, check_name
from sensors.errors import BadConfig

MOST_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class Order:
    """A certificate that somebody asks for.

    Attributes
    ----------
    name, role
        Whose, and what it may do; a renewal keeps the role.
    days
        How long it holds.
    motors
        Which a device speaks for.
    hosts
        Under which names and addresses a broker is reached.
    renew
        The name has one already, which stays valid until it expires or is revoked.
    request
        A signing request (PEM) where the key was made elsewhere and stays there.
    """

    name: str
    role: Role | None
    days: int
    motors: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    renew: bool = False
    request: bytes | None = None


def check_order(order: Order, ledger: Ledger, now_s: float) -> Order:
    """Return an order with what a renewal takes over and names as they are written.

    Raises
    ------
    BadConfig
        It cannot be followed; the message says what to change.
    """
    check_name(order.name)
    check_days(order.days)
    order = _renewed(order, ledger, now_s)
    motors = tuple(dict.fromkeys(check_level("motor", motor) for motor in order.motors))
    hosts = tuple(dict.fromkeys(check_host(host) for host in order.hosts))
    _check_role(order)
    _check_motors(order.name, motors, [one for one in ledger.issued if one.name != order.name])
    return replace(order, motors=motors, hosts=hosts)


def check_days(days: int) -> None:
    """Raise BadConfig unless something may hold so long."""
    if not 0 < days <= MOST_DAYS:
        raise BadConfig(f"days: {days} is not within 1 to {MOST_DAYS}")


def _renewed(order: Order, ledger: Ledger, now_s: float) -> Order:
    held = current(ledger.of_name(order.name), now_s)
    if held and not order.renew:
        raise BadConfig(f"{order.name} has a certificate already; add --renew, or revoke it first")
    if not order.renew:
        return order
    known = ledger.of_name(order.name)
    if not known:
        raise BadConfig(f"{order.name} has no certificate yet to renew; leave --renew out")
    last = known[-1]
    if order.role not in (None, last.role):
        raise BadConfig(f"{order.name} is a {last.role}; a renewal cannot make it a {order.role}")
    return replace(
        order,
        role=last.role,
        motors=order.motors or last.motors,
        hosts=order.hosts or last.hosts,
    )


def _check_role(order: Order) -> None:
    needs = {"device": ("--motor", order.motors), "broker": ("--host", order.hosts)}
    if order.role is None:
        raise BadConfig(f"{order.name}: say what it is with --role")
    for role, (option, given) in needs.items():
        if role == order.role and not given:
            raise BadConfig(f"{order.name}: a {role} needs {option}, once or more")
        if role != order.role and given:
            raise BadConfig(f"{order.name}: {option} is for a {role}, not for a {order.role}")


def _check_motors(name: str, motors: tuple[str, ...], others: list[Issued]) -> None:
    # A process says of itself that it lives under its own name, where a motor's name would stand.
    taken = {one.name for one in others} & set(motors)
    if taken or any(name in one.motors for one in others):
        raise BadConfig(
            f"{name}: {sorted(taken) or name} would be one's certificate and another's motor; "
            "choose another name"
        )
