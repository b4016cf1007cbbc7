"""Stand-ins for GitHub and Google that the demo, the dev server and the tests share; they import nothing of ours."""
