"""How a scan is made: one walker per mode, and the ledger that all of them fill."""
