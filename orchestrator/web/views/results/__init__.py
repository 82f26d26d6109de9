"""What came of renders, at addresses that stay the same while a page is shown."""
