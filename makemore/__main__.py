"""`python -m makemore` is the terminal viewer."""

from makemore.cli import main

if __name__ == "__main__":
    main()
