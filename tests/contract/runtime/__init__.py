"""One table of requests, and the three places that must answer them alike."""
