"""`python -m coursesync`, the same as the command."""

from coursesync.cli import main

main()
