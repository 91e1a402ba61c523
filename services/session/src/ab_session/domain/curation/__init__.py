"""What to put on a listener's shelf, and the true reason why."""
