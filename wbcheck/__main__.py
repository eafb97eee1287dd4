"""`python -m wbcheck` is the same as `wbcheck`."""

from wbcheck.cli import main

if __name__ == "__main__":
    main()
