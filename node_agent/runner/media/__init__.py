"""What clients send, made fit for the engine before bind: pictures and videos."""
