"""A file for Airflow's folder of DAGs, which calls the same command; nothing of Airflow is needed to write it."""

from __future__ import annotations

from datetime import UTC

from lowback.scheduling.timers.waking import Waking, minutes_of_slots, slots_after_gaps
from lowback.scheduling.words import Every

TEMPLATE = '''\
"""Makes a report of lowback when it is due. Printed by lowback schedule --airflow."""

import subprocess
from datetime import datetime, timedelta, timezone

from airflow import DAG
from airflow.exceptions import AirflowFailException, AirflowSkipException
from airflow.timetables.trigger import CronTriggerTimetable

try:
    from airflow.providers.standard.operators.python import PythonOperator
except ImportError:  # Airflow 2
    from airflow.operators.python import PythonOperator

COMMAND = {command}


def report():
    """Run the command, which knows what is due; a wrong request is not tried again."""
    code = subprocess.run(COMMAND, check=False).returncode
    if code == 4:
        raise AirflowSkipException("another scheduler is at work on this slot")
    if code == 2:
        raise AirflowFailException("the request cannot be used; a person must look")
    if code:
        raise RuntimeError(f"lowback ended with {{code}}")


with DAG(
    dag_id={name},
    schedule=CronTriggerTimetable({cron}, timezone={zone}),
    start_date=datetime({year}, {month}, {day}, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    default_args={{"retries": 3, "retry_delay": timedelta(minutes=15)}},
):
    PythonOperator(task_id="report", python_callable=report)
'''


def dag(one: Waking) -> str:
    """The DAG as a plain Python file."""
    day = one.now.astimezone(UTC)
    return TEMPLATE.format(
        command=ascii(list(one.command)),
        name=repr(one.name),
        cron=repr(cron_words(one)),
        zone=repr(one.schedule.tz),
        year=day.year,
        month=day.month,
        day=day.day,
    )


def cron_words(one: Waking) -> str:
    """When to wake, in the schedule's own zone: at the slots, or every hour where the clock jumps over some of them."""
    if one.rule.at is None or slots_after_gaps(one):
        minutes = ",".join(str(minute) for minute in minutes_of_slots(one, one.schedule.zone))
        return f"{minutes} * * * *"
    return f"{one.rule.at.minute} {one.rule.at.hour} {_days(one.rule)}"


def _days(rule: Every) -> str:
    """Day of the month, month and day of the week; the command knows which of several days or weeks it is."""
    if rule.kind == "weekday":
        return "* * 1-5"
    if rule.kind == "week":
        return f"* * {(rule.weekday + 1) % 7}"
    if rule.kind == "month":
        return f"{rule.day or '28-31'} * *"
    return "* * *"
