"""Tags from registers of a Modbus TCP server."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from app.context.config import ModbusPlace, Tag
from app.context.polling import Unreadable
from app.context.source import ModbusSource
from sensors.errors import MissingDependency

if TYPE_CHECKING:
    from pymodbus.client import ModbusTcpClient


class ModbusServer:
    """A `Server` that reads registers.

    Raises
    ------
    MissingDependency
        pymodbus is not installed.
    """

    def __init__(self, source: ModbusSource, tags: tuple[Tag, ...]) -> None:
        self._source = source
        self._tags = tags
        self._client = _client(source)

    def open(self) -> None:
        """Connect; raises ConnectionError."""
        if not self._client.connect():  # type: ignore[no-untyped-call]
            raise ConnectionError(f"{self._source.host}:{self._source.port} does not answer")

    def read(self) -> Iterable[tuple[Tag, object]]:
        """Return every tag with its raw value; raises ConnectionError."""
        return [(tag, self._read(tag)) for tag in self._tags]

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()  # type: ignore[no-untyped-call]

    def _read(self, tag: Tag) -> object:
        from pymodbus.exceptions import ModbusException

        place = tag.at
        assert isinstance(place, ModbusPlace)
        kind = self._client.DATATYPE[place.type.upper()]
        ask = (
            self._client.read_holding_registers
            if place.table == "holding"
            else self._client.read_input_registers
        )
        try:
            answer = ask(place.address, count=kind.value[1], device_id=self._source.device_id)
            if answer.isError():
                return Unreadable()
            return self._client.convert_from_registers(
                answer.registers, kind, word_order=place.word_order
            )
        except (ModbusException, OSError) as error:
            raise ConnectionError(str(error)) from error


def _client(source: ModbusSource) -> "ModbusTcpClient":
    try:
        from pymodbus.client import ModbusTcpClient
    except ImportError as error:
        raise MissingDependency(
            "Modbus needs pymodbus; pip install 'motorwatch[fieldbus]'"
        ) from error
    return ModbusTcpClient(source.host, port=source.port, timeout=source.timeout_s, retries=0)
