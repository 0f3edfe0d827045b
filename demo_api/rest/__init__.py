"""What every REST view shares: declared policies, strict parsing, keyset pages, conditional requests, throttles."""
