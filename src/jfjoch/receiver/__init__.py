"""From settings to images: plan, receive, process, send, account."""
