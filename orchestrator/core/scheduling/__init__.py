"""What runs where and when: classes, plans, fair share, blame, expiry; all pure."""
