"""PostgreSQL alone: its sessions, LISTEN and NOTIFY."""
