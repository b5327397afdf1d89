"""The application: command line, messages, store, and the roles that run the tiers."""

import os

# The matrices here are small: on the two to four cores of an edge device, BLAS threads cost more
# than they bring. Set before numpy is imported; a user's own setting stands.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
