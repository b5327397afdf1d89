"""A plant's own small certificate authority; here alone `cryptography` is imported."""

NEEDS_CRYPTOGRAPHY = "certificates need cryptography: pip install 'motorwatch[live]'"
