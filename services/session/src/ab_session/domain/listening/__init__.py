"""What listeners did, when by a clock that can be trusted, and how often."""
