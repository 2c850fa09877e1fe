"""`python -m makemore` is the terminal viewer."""

from makemore.cli import main

main()
