"""Mallard: an e-commerce analytics warehouse in one package."""

__version__ = "0.1.0"
