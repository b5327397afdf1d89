"""How bearings are read, off a housing as off a microphone: turns, spectra, the supply's lines."""

from collections.abc import Sequence

from dsp.audit.mains import GRIDS_HZ
from dsp.audit.needs import BEARING_TURNS
from dsp.bank import LevelBank, envelope_bank
from dsp.comb import HARMONICS
from dsp.lines import HIGHEST_ORDER
from dsp.order import DefectLine
from dsp.spectrum import BlockSpectrum
from sensors.errors import WindowTooShort
from sensors.motor import Nameplate

WIDE_TOLERANCE = 0.05
"""Where neither signal nor tachometer confirms the speed, it may be this far off, relative."""
Spectra = Sequence[tuple[str, BlockSpectrum]]


def check_turns(spectra: Spectra, shaft_hz: float) -> None:
    """Raise WindowTooShort where the window holds too few turns to part a bearing's lines."""
    turns = shaft_hz / spectra[0][1].resolution_hz
    if turns < BEARING_TURNS:
        raise WindowTooShort(
            f"the window holds {turns:.1f} turns of the shaft; bearing lines need "
            f"{BEARING_TURNS:g} or more ({BEARING_TURNS / shaft_hz:.2g} s)"
        )


def bank_of(spectra: Spectra, lines: Sequence[DefectLine], shaft_hz: float) -> LevelBank:
    """Return the envelope spectra that hold these lines with their harmonics and pseudo-lines."""
    top = HARMONICS * max(HIGHEST_ORDER, 1.5 * max(line.order for line in lines)) * 1.02
    return envelope_bank(spectra, shaft_hz=shaft_hz, top_order=top)


def supply_of(nameplate: Nameplate) -> tuple[float, ...]:
    """Return the frequencies that the supply may have."""
    return GRIDS_HZ if nameplate.line_hz is None else (nameplate.line_hz,)
