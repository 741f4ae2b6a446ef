"""Run the command line by ``python -m learnclimate``."""

from learnclimate.cli import main

if __name__ == "__main__":
    main()
