"""The help desks that connectors call, one module each, behind one protocol."""
