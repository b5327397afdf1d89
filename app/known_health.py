"""What is known of a motor in health, for its diagnoses: a reference capture, a thermal model."""

from dataclasses import dataclass

from models.reference import Reference
from models.thermal.fit import ThermalFit


@dataclass(frozen=True, slots=True)
class KnownHealth:
    """What diagnoses of one motor are held against.

    Attributes
    ----------
    reference : Reference or None
        A capture of it in health.
    thermal : ThermalFit or None
        Its thermal model.
    digest : str
        Tells what is known apart from anything else; empty where nothing is.
    """

    reference: Reference | None = None
    thermal: ThermalFit | None = None
    digest: str = ""


NOTHING_KNOWN = KnownHealth()
