"""The engines that Zhilu runs on at scale, started by hand on one machine. Needs only Python's own library."""
