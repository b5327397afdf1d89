"""How much a broker takes from one client, so that a hostile or broken one does not fill it."""

from app.messages import MAX_BYTES

MESSAGE_BYTES = max(MAX_BYTES.values())
"""The longest message that any role sends; captures go up in shorter chunks."""
PACKET_BYTES = MESSAGE_BYTES + 4096
"""With topic and properties; the broker says so on connecting, and ends who sends more."""
CONNECTIONS = 1000
INFLIGHT = 1000
"""Messages on their way to one client that it has not acknowledged, as clients themselves ask."""
QUEUED_BYTES = 32 * 1024 * 1024
"""What waits for one slow client; the rest is dropped and, unacknowledged, sent again."""
QUEUED = 10_000
KEEPALIVE_S = 60
"""A half-open connection is noticed after one and a half times this."""
FORGET_AFTER = "1d"
"""Queues of clients that never return."""
AUTOSAVE_S = 10
