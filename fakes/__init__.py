"""Fakes of GitHub and Google Cloud for the demo, the dev server and the tests; they import none of our other packages."""
