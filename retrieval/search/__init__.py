"""Questions to hits, and how much a reply looks like this desk's."""
