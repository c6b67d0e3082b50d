"""What we tell people: mails today, written in the request's transaction and sent after its commit."""
