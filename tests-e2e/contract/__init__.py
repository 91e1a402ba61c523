"""The public API held to its contract from the outside."""
