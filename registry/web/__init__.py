"""What people see: server-rendered pages. Stands beside ``api``; both call the same domain actions."""
