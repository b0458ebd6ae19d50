"""Jobs over the desk's own past; each ends in a version or a report. Run by commands; a request only erases."""
