"""Great Expectations on TechMart's gold tables, over SQLAlchemy and HiveServer2.

    pip install "great_expectations>=1.3" sqlalchemy "PyHive[hive_pure_sasl]" thrift
    argan demo                       # in another terminal
    python checkpoint.py             # or: python checkpoint.py hive://user@host:10000/default?auth=NONE

Ends with 1 if an expectation is not met.
"""

import sys

import great_expectations as gx
import great_expectations.expectations as gxe

url = sys.argv[1] if len(sys.argv) > 1 else "hive://gx@localhost:10000/default?auth=NONE"
context = gx.get_context(mode="ephemeral")
argan = context.data_sources.add_sql("argan", connection_string=url, create_temp_table=False)


def validated(schema, table, expectations):
    """A table with what is expected of it."""
    asset = argan.add_table_asset(f"{schema}_{table}", table_name=table, schema_name=schema)
    batch = asset.add_batch_definition_whole_table("whole table")
    suite = context.suites.add(gx.ExpectationSuite(f"{schema}.{table}", expectations=expectations))
    return context.validation_definitions.add(gx.ValidationDefinition(name=f"{schema}.{table}", data=batch, suite=suite))


sales = validated("gold", "fact_sales", [
    gxe.ExpectTableRowCountToBeBetween(min_value=50_000),
    gxe.ExpectTableColumnsToMatchSet(
        column_set=["transaction_id", "date_key", "customer_key", "product_id", "quantity", "unit_price", "amount", "payment_method", "channel", "status"],
    ),
    gxe.ExpectColumnValuesToBeUnique(column="transaction_id"),
    gxe.ExpectColumnValuesToNotBeNull(column="customer_key"),
    gxe.ExpectColumnValuesToBeBetween(column="amount", min_value=0, strict_min=True),
    gxe.ExpectColumnValuesToBeBetween(column="quantity", min_value=1, max_value=10, mostly=0.99),
    gxe.ExpectColumnValuesToBeInSet(column="channel", value_set=["web", "magasin", "application"]),
    gxe.ExpectColumnMeanToBeBetween(column="amount", min_value=5_000, max_value=12_000),
    gxe.ExpectColumnDistinctValuesToBeInSet(column="status", value_set=["livree", "en cours", "retournee"]),
])
customers = validated("gold", "dim_customers", [
    gxe.ExpectColumnValuesToBeUnique(column="customer_key"),
    # Great Expectations knows regular expressions of other dialects only; any statement can be an expectation, though.
    gxe.UnexpectedRowsExpectation(unexpected_rows_query="SELECT * FROM {batch} WHERE NOT customer_key RLIKE '^CUST[0-9]+-[0-9]+$'"),
    gxe.ExpectColumnValueLengthsToBeBetween(column="city", min_value=3),
])

result = context.checkpoints.add(gx.Checkpoint(name="gold", validation_definitions=[sales, customers])).run()
for run in result.run_results.values():
    for r in run.results:
        column = r.expectation_config.kwargs.get("column", "")
        print(f"{'ok    ' if r.success else 'FAILED'} {run.suite_name}: {r.expectation_config.type} {column}")
        if not r.success:
            print("      ", r.result or r.exception_info)
print("every expectation is met" if result.success else "some expectations are not met")
sys.exit(0 if result.success else 1)
