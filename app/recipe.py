"""How stage 1 is trained: which features it reads, and which way they speak.

A rise of a level is evidence of wear; a fall is not, because running in lowers levels. Crest,
kurtosis and band levels are left to the eye: healthy bearings knock now and then, and learn from
that to expect anything. Load, supply and temperature belong to the operating point.
"""

from dsp.features import FeatureSpec
from models.limits import Limit
from models.training import Recipe

RISING = (
    "vib_carpet_db",
    "vib_velocity_db",
    "vib_order_1_db",
    "vib_order_2_db",
    "vib_order_3_db",
    "vib_bpfo_db",
    "vib_bpfi_db",
    "vib_2bsf_db",
    "snd_carpet_db",
    "cur_unbalance_db",
    "cur_shaft_sideband_db",
)
"""Features whose rise is evidence."""

CARPET_LIMIT = Limit(
    name="vibration carpet rise",
    features=("vib_carpet_db",),
    kind="rise",
    unit="dB",
    alert=8.0,
    danger=20.0,
    source="rule of thumb: 2.5 and 10 times the healthy level; no standard says so",
)


def stage1_recipe(spec: FeatureSpec) -> Recipe:
    """Return the recipe of releases for a feature specification."""
    return Recipe(
        rising=tuple(name for name in RISING if name in spec.names),
        limits=tuple(one for one in (CARPET_LIMIT,) if set(one.features) <= set(spec.names)),
    )
