"""The registry beside pypiserver and devpi-server: uploads, index pages and installations, side by side in one run."""
