"""The part of PromQL that alerting and release checks use, answered from samples in memory."""

from orr.demo.plant.promql.evaluate import Evaluator, Matrix, Scalar, Vector
from orr.demo.plant.promql.lexer import QueryError
from orr.demo.plant.promql.parse import parse

__all__ = ["Evaluator", "Matrix", "QueryError", "Scalar", "Vector", "parse"]
