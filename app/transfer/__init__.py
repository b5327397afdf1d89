"""Raw captures over a link that may break: in chunks, resumable, never before live reports."""
