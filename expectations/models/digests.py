"""What a digest looks like in a column."""

SHA256_HEX = r"^[0-9a-f]{64}$"
