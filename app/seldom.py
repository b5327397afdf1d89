"""How often something that repeats is said: a hostile sender must not fill the log."""


def is_worth_saying(count: int) -> bool:
    """Tell whether the `count`-th of its kind goes into the log: at powers of two only."""
    return count & (count - 1) == 0
