"""Ingest: how does a file on a card become a secured, playable record?"""
