"""The report of a replay: past questions asked of what serves now, their figures and the page."""
