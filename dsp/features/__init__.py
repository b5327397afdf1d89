"""Features: what one capture amounts to, under a specification that fits every motor."""

from dsp.features.extract import extract
from dsp.features.spec import Feature, FeatureSpec

__all__ = ["Feature", "FeatureSpec", "extract"]
