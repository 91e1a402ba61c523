"""Stand-ins for the session service's tests."""
