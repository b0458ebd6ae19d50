"""The page frame and the chart that reports share. Counts nothing."""
