"""``python -m mallard`` is ``mallard``."""

from mallard.cli import main

if __name__ == "__main__":
    main()
