"""What programs talk to: upload, index, integrity. Stands beside ``web``; both call the same domain actions."""
