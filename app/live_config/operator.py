"""The configuration of `motorwatch operate`.

::

    role = "operator"
    site = "local"         # first level of every topic after the version
    state = "state/operator" # folder of the record of this operator's acts; made if it is missing
"""

import msgspec

from app.live_config.sections import Broker, FilePath, Site


class OperatorConfig(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="role",
    tag="operator",
):
    """One operator; the module's docstring says what each line means."""

    broker: Broker
    site: Site = "local"
    state: FilePath = "state/operator"
