"""The durable store: reports, captures and run bookkeeping, behind SQLAlchemy."""
