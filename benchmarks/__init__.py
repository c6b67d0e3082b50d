"""One file per question. They print ratios to a floor of the same run, or CPU; they never assert times."""
