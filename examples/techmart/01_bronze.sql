-- Bronze: one delivery of raw files, kept as it came, every value a string.
--
-- Variables: raw = the folder of the deliveries, delivery = the one to load (day1, day2, ...). Deliveries are loaded
-- in the order of their names. A delivery that is there already is not loaded again, so the script may be run again.

CREATE DATABASE IF NOT EXISTS bronze COMMENT 'Raw deliveries as they came';

CREATE TABLE IF NOT EXISTS bronze.customers (
  customer_id STRING, first_name STRING, last_name STRING, email STRING, city STRING, segment STRING,
  registration_date STRING, updated_at STRING, _corrupt_record STRING, _delivery STRING, _loaded_at TIMESTAMP
) USING delta PARTITIONED BY (_delivery);

CREATE TABLE IF NOT EXISTS bronze.products (
  product_id STRING, product_name STRING, category STRING, brand STRING, price STRING, stock STRING,
  _corrupt_record STRING, _delivery STRING, _loaded_at TIMESTAMP
) USING delta PARTITIONED BY (_delivery);

CREATE TABLE IF NOT EXISTS bronze.transactions (
  transaction_id STRING, customer_id STRING, product_id STRING, quantity STRING, unit_price STRING, total_amount STRING,
  payment_method STRING, channel STRING, status STRING, transaction_date STRING,
  _corrupt_record STRING, _delivery STRING, _loaded_at TIMESTAMP
) USING delta PARTITIONED BY (_delivery);

CREATE TABLE IF NOT EXISTS bronze.web_events (
  event_id STRING, customer_id STRING, session_id STRING, event_type STRING, device STRING,
  page STRUCT<url: STRING, referrer: STRING, load_ms: BIGINT>, product_id STRING, event_time STRING,
  _corrupt_record STRING, _delivery STRING, _loaded_at TIMESTAMP
) USING delta PARTITIONED BY (_delivery);

-- Lines that do not fit the columns keep their text in _corrupt_record, silver puts them aside.

CREATE OR REPLACE TEMPORARY VIEW raw_customers (
  customer_id STRING, first_name STRING, last_name STRING, email STRING, city STRING, segment STRING,
  registration_date STRING, updated_at STRING, _corrupt_record STRING
) USING csv OPTIONS (path '${raw}/${delivery}/customers.csv', header 'true', mode 'PERMISSIVE');

CREATE OR REPLACE TEMPORARY VIEW raw_products (
  product_id STRING, product_name STRING, category STRING, brand STRING, price STRING, stock STRING, _corrupt_record STRING
) USING csv OPTIONS (path '${raw}/${delivery}/products.csv', header 'true', mode 'PERMISSIVE');

CREATE OR REPLACE TEMPORARY VIEW raw_transactions (
  transaction_id STRING, customer_id STRING, product_id STRING, quantity STRING, unit_price STRING, total_amount STRING,
  payment_method STRING, channel STRING, status STRING, transaction_date STRING, _corrupt_record STRING
) USING csv OPTIONS (path '${raw}/${delivery}/transactions.csv', header 'true', mode 'PERMISSIVE');

CREATE OR REPLACE TEMPORARY VIEW raw_web_events (
  event_id STRING, customer_id STRING, session_id STRING, event_type STRING, device STRING,
  page STRUCT<url: STRING, referrer: STRING, load_ms: BIGINT>, product_id STRING, event_time STRING, _corrupt_record STRING
) USING json OPTIONS (path '${raw}/${delivery}/web_events.json', mode 'PERMISSIVE');

INSERT INTO bronze.customers
SELECT *, '${delivery}', current_timestamp() FROM raw_customers
WHERE NOT EXISTS (SELECT 1 FROM bronze.customers WHERE _delivery = '${delivery}');

INSERT INTO bronze.products
SELECT *, '${delivery}', current_timestamp() FROM raw_products
WHERE NOT EXISTS (SELECT 1 FROM bronze.products WHERE _delivery = '${delivery}');

INSERT INTO bronze.transactions
SELECT *, '${delivery}', current_timestamp() FROM raw_transactions
WHERE NOT EXISTS (SELECT 1 FROM bronze.transactions WHERE _delivery = '${delivery}');

INSERT INTO bronze.web_events
SELECT *, '${delivery}', current_timestamp() FROM raw_web_events
WHERE NOT EXISTS (SELECT 1 FROM bronze.web_events WHERE _delivery = '${delivery}');
