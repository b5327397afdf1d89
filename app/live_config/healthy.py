"""What is known of motors in health, by their names: diagnoses are held against it.

::

    # [healthy.pump]       # the motor of this motor_id; one such table each
    # baseline = "pump-healthy.npz"  # recording or capture of it in health (docs/CLI.md, diagnose)
    # manifest = "healthy.toml"      # what that file means; found beside it if left out
    # thermal = "pump.thermal.json"  # its thermal model, made by `motorwatch thermal`
"""

import msgspec

from app.live_config.sections import FilePath, Site


class HealthyFiles(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Files of one motor; the module's docstring says what each line means."""

    baseline: FilePath | None = None
    manifest: FilePath | None = None
    thermal: FilePath | None = None

    def __post_init__(self) -> None:
        """Refuse what says nothing."""
        if self.baseline is None and (self.thermal is None or self.manifest is not None):
            raise ValueError("name a baseline, a thermal model, or both")


Healthy = dict[Site, HealthyFiles]
