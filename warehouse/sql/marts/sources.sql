-- sources: the addresses of the records' folders on GitHub; null if they are not there.
SELECT source, url FROM sources
