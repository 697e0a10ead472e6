"""TechMart's day: take in a delivery, build the warehouse with dbt, test it, print the report.

What it needs comes from the environment, so that one file serves a laptop and a cluster:

    ARGAN             the program (default: argan, from PATH)
    ARGAN_FLIGHT      grpc://host:port of the server
    ARGAN_HOST, ARGAN_HIVE_PORT   the same server, for dbt's profile
    TECHMART          the folder examples/techmart
    TECHMART_RAW      the folder that deliveries come to: day1, day2, ...
    DBT               the program dbt (default: dbt, from PATH)
    AIRFLOW_CONN_ARGAN_HTTP       http://host:port of the server, an Airflow connection

The delivery is a parameter of the run: airflow dags trigger techmart_daily --conf '{"delivery": "day2"}'
"""

import os

import pendulum
from airflow.decorators import dag, task
from airflow.models import Variable
from airflow.models.param import Param
from airflow.operators.bash import BashOperator
from airflow.providers.http.sensors.http import HttpSensor
from airflow.sensors.python import PythonSensor

VERSION = "techmart_bronze_version"
WINDOW = "--event-time-start 2025-10-01 --event-time-end 2026-02-01"


def newest(response):
    """The version of the first row of DESCRIBE HISTORY."""
    return int(response.json()["data"][0][0])


def is_newer(response):
    return newest(response) > int(Variable.get(VERSION, default_var=-1))


def delivered(delivery):
    return os.path.exists(os.path.join(os.environ["TECHMART_RAW"], delivery, "transactions.csv"))


def dbt(command):
    return (
        'cd "$TECHMART/dwh" && DBT_PROFILES_DIR=. DBT_TARGET_PATH="${DBT_TARGET_PATH:-/tmp/techmart-dbt}" DBT_LOG_PATH="${DBT_TARGET_PATH:-/tmp/techmart-dbt}" '
        + '"${DBT:-dbt}" ' + command
    )


@dag(
    schedule="0 5 * * *", start_date=pendulum.datetime(2026, 1, 1, tz="Africa/Casablanca"), catchup=False, max_active_runs=1, tags=["techmart", "argan"],
    params={"delivery": Param("day2", type="string", pattern="^[a-z0-9_-]+$")}, default_args={"retries": 0}, doc_md=__doc__,
)
def techmart_daily():
    wait_for_files = PythonSensor(
        task_id="wait_for_files", python_callable=delivered, op_kwargs={"delivery": "{{ params.delivery }}"}, poke_interval=30, timeout=3600, mode="reschedule",
    )
    ingest = BashOperator(
        task_id="ingest", append_env=True, env={"DELIVERY": "{{ params.delivery }}"},
        bash_command='"${ARGAN:-argan}" sql --url "$ARGAN_FLIGHT" -e "SET raw=$TECHMART_RAW; SET delivery=$DELIVERY; $(cat "$TECHMART/01_bronze.sql")"',
    )
    # A table's version is what a commit of anybody's raises: the sensor sees loads that this DAG did not start too.
    wait_for_version = HttpSensor(
        task_id="wait_for_version", http_conn_id="argan_http", endpoint="v1/sql", method="POST", request_params="DESCRIBE HISTORY bronze.transactions LIMIT 1",
        response_check=is_newer, poke_interval=10, timeout=1800, mode="reschedule",
    )
    freshness = BashOperator(task_id="freshness", append_env=True, bash_command=dbt("source freshness"))
    build = BashOperator(
        task_id="build", append_env=True, env={"DELIVERY": "{{ params.delivery }}"},
        bash_command=dbt(f'build --exclude-resource-type test --vars "{{delivery: $DELIVERY}}" {WINDOW}'),
    )
    test = BashOperator(task_id="test", append_env=True, env={"DELIVERY": "{{ params.delivery }}"}, bash_command=dbt('test --vars "{delivery: $DELIVERY}"'))
    report = BashOperator(
        task_id="report", append_env=True,
        bash_command='"${ARGAN:-argan}" sql --url "$ARGAN_FLIGHT" -e "SELECT * FROM dwh_gold.metrics_monthly WHERE level IN (1, 3) ORDER BY month DESC LIMIT 13"',
    )

    @task
    def remember():
        from airflow.providers.http.hooks.http import HttpHook

        response = HttpHook(method="POST", http_conn_id="argan_http").run("v1/sql", data="DESCRIBE HISTORY bronze.transactions LIMIT 1")
        Variable.set(VERSION, newest(response))

    wait_for_files >> ingest >> wait_for_version >> freshness >> build >> test >> report >> remember()


techmart_daily()
