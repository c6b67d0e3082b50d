"""The command `market`: a file per command. Exit 0 done, 1 refused, 2 usage."""
