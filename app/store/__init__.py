"""The durable store: motors, runs, reports, diagnoses and alarms, behind SQLAlchemy.

Importing it loads SQLAlchemy; a command without a store does not.
"""

from app.store.arrival import Arrival, LogOnly
from app.store.run import Run, RunState, RunSummary
from app.store.store import Store, open_store

__all__ = ["Arrival", "LogOnly", "Run", "RunState", "RunSummary", "Store", "open_store"]
