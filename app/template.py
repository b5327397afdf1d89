"""The built-in template release: stage 1 for a motor's first day, trained on simulated motors.

`motorwatch train --template` makes it; a site's own release replaces it.
"""

from functools import lru_cache
from pathlib import Path

from models.release import Release, load_release

TEMPLATE = Path(__file__).with_name("template_release.json")


@lru_cache(maxsize=1)
def template_release() -> Release:
    """Return the template release.

    Raises
    ------
    BadRelease
        The installation is damaged, or of another version than its template.
    """
    return load_release(TEMPLATE)
