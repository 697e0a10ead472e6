-- Differences of dates and timestamps as before Spark 3.2.
SET spark.sql.legacy.interval.enabled = true;
SELECT CAST(DATE '1997-03-01' - DATE '2000-01-01' AS STRING), CAST(DATE '1957-06-13' - DATE '1970-01-01' AS STRING), CAST(DATE '2024-03-31' - DATE '2024-02-29' AS STRING), CAST(DATE '2024-02-28' - DATE '2024-01-31' AS STRING), CAST(DATE '2024-01-01' - DATE '2024-01-01' AS STRING);
--> -2 years -10 months | -12 years -6 months -18 days | 1 months 2 days | 28 days | 0 seconds
SELECT CAST(TIMESTAMP '1970-01-01 00:00:00' - TIMESTAMP '1997-01-02' AS STRING);
--> -236712 hours
RESET spark.sql.legacy.interval.enabled;
SELECT DATE '2024-03-31' - DATE '2024-02-29';
--> 31 00:00:00.000000000
