-- rejects: the first 100 files or lines that are no records, each with the number of all.
SELECT path, source, reason, COUNT(*) OVER () AS rejected FROM rejects ORDER BY path, source LIMIT 100
