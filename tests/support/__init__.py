"""What several tests share: the test server, machine features, golden files."""
