"""`python -m hoptac` is the command `hoptac`."""

from hoptac.cli import main

main(prog_name="hoptac")
