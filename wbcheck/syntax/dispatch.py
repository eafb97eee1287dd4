"""What is looked up by kind: filled in here, when all of the modules that call each other are there."""

from __future__ import annotations

import libcst as cst

from wbcheck.model.values import ObjectKind
from wbcheck.syntax import (
    artifacts,
    calls,
    definitions,
    expressions,
    functions,
    importing,
    loops,
    operators,
    runs,
    statements,
    symbols,
    texts,
)


def fill() -> None:
    """Fill the tables: once, before the first walk."""
    calls.METHODS.update(
        {
            ObjectKind.RUN: runs.run_method,
            ObjectKind.CONFIG: calls.config_method,
            ObjectKind.SUMMARY: calls.summary_method,
            ObjectKind.ARTIFACT: artifacts.artifact_method,
            ObjectKind.METADATA: artifacts.metadata_method,
            ObjectKind.TABLE: artifacts.table_method,
            ObjectKind.API: artifacts.api_method,
            ObjectKind.API_OBJECT: artifacts.api_method,
            ObjectKind.LOGGER: runs.logger_method,
            ObjectKind.ACCELERATOR: runs.accelerator_method,
            ObjectKind.TRAINER: symbols.trainer_method,
            ObjectKind.PARSER: symbols.parser_method,
            ObjectKind.ENVIRONMENT: symbols.environment_method,
            ObjectKind.INSTANCE: functions.instance_method,
            ObjectKind.CLASS: functions.instance_method,
        }
    )

    symbols.SYMBOLS.update(
        {
            "wandb.init": runs.init,
            "wandb.login": runs.login,
            "wandb.sweep": runs.make_sweep,
            "wandb.agent": runs.start_agent,
            "wandb.Artifact": artifacts.make_artifact,
            "wandb.Table": artifacts.make_table,
            "wandb.Api": artifacts.make_api,
            "WandbLogger": runs.wandb_logger,
            "Accelerator": runs.make_accelerator,
            "argparse.ArgumentParser": symbols.argument_parser,
            "os.getenv": symbols.getenv,
            "os.environ.get": symbols.getenv,
            "os.putenv": symbols.putenv,
            "dotenv.load_dotenv": symbols.load_dotenv,
            "functools.partial": symbols.make_partial,
            "dataclasses.asdict": symbols.asdict,
            "collections.defaultdict": symbols.make_defaultdict,
            "contextlib.closing": symbols.closing,
            "copy.copy": symbols.copied,
            "copy.deepcopy": symbols.copied,
            "time.strftime": texts.time_strftime,
        }
    )

    expressions.EVALUATORS.update(
        {
            cst.Name: expressions.of_name,
            cst.Integer: expressions.of_integer,
            cst.Float: expressions.of_float,
            cst.Imaginary: expressions.of_number,
            cst.SimpleString: expressions.of_string,
            cst.ConcatenatedString: expressions.of_concatenated,
            cst.FormattedString: expressions.of_formatted,
            cst.Dict: expressions.of_dict,
            cst.List: expressions.of_list,
            cst.Tuple: expressions.of_list,
            cst.Set: expressions.of_list,
            cst.ListComp: expressions.of_comprehension,
            cst.SetComp: expressions.of_comprehension,
            cst.DictComp: expressions.of_comprehension,
            cst.GeneratorExp: expressions.of_comprehension,
            cst.BinaryOperation: operators.of_binary,
            cst.UnaryOperation: operators.of_unary,
            cst.BooleanOperation: expressions.of_boolean,
            cst.Comparison: expressions.of_comparison,
            cst.IfExp: expressions.of_if_expression,
            cst.Lambda: expressions.of_lambda,
            cst.NamedExpr: expressions.of_walrus,
            cst.Await: expressions.of_await,
            cst.Yield: expressions.of_yield,
            cst.Attribute: expressions.of_attribute,
            cst.Subscript: expressions.of_subscript,
            cst.Call: calls.call,
        }
    )

    statements.STATEMENTS.update(
        {
            cst.SimpleStatementLine: statements.line,
            cst.SimpleStatementSuite: statements.line,
            cst.If: statements.if_statement,
            cst.For: loops.for_loop,
            cst.While: loops.while_loop,
            cst.With: statements.with_statement,
            cst.Try: statements.try_statement,
            cst.TryStar: statements.try_statement,
            cst.Match: statements.match_statement,
            cst.FunctionDef: definitions.function_definition,
            cst.ClassDef: definitions.class_definition,
        }
    )

    statements.SMALL.update(
        {
            cst.Expr: statements.expression,
            cst.Assign: statements.assignment_statement,
            cst.AnnAssign: statements.annotated_assignment,
            cst.AugAssign: statements.augmented_assignment,
            cst.Del: statements.deletion,
            cst.Return: statements.return_statement,
            cst.Raise: statements.raise_statement,
            cst.Break: statements.break_statement,
            cst.Continue: statements.continue_statement,
            cst.Assert: statements.assertion,
            cst.Global: statements.global_statement,
            cst.Nonlocal: statements.global_statement,
            cst.Import: importing.import_statement,
            cst.ImportFrom: importing.import_from,
        }
    )
