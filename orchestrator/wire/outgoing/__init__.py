"""What clients say and see of webhooks."""
