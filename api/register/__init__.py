"""Filling the register: how does what agencies keep in tables become who and what Zhilu knows?"""
