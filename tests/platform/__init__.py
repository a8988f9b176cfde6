"""Tests of what runs the product: environment, embedded servers, supervision."""
