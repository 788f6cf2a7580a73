"""Synthetic footage of two body cameras and the registers around it, for `zhilu demo` and the project's own tests."""
