"""Conversations out of mail: mbox files, single mails (EML) and Maildir folders."""
