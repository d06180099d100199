"""Django's backend for PostgreSQL, which asks an idle connection for its health without a word to the server."""
