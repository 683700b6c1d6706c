"""The program that runs on the nodes, by their own Python, in three files of plain words."""
