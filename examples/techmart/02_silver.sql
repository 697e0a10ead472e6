-- Silver: one delivery of bronze, cleaned: typed, without doubles, checked, customers with their history.
--
-- Variable: delivery. Every statement is a MERGE by business key that changes only what differs and never lets an older
-- delivery win over a later one, so any load may be run again and then changes nothing. What cannot be used goes to
-- silver.quarantine with its reason.

CREATE DATABASE IF NOT EXISTS silver COMMENT 'Clean, typed, one row for each thing';

CREATE TABLE IF NOT EXISTS silver.customers (
  customer_id STRING NOT NULL, first_name STRING, last_name STRING, email STRING, city STRING, segment STRING,
  registration_date DATE, updated_at DATE, valid_from DATE NOT NULL, valid_to DATE, is_current BOOLEAN NOT NULL
) USING delta COMMENT 'Customers with every version (SCD2): valid from valid_from up to, not including, valid_to';

CREATE TABLE IF NOT EXISTS silver.products (
  product_id STRING NOT NULL, product_name STRING, category STRING, brand STRING, price DECIMAL(10,2), stock INT,
  delivery STRING
) USING delta COMMENT 'Products as last delivered';

CREATE TABLE IF NOT EXISTS silver.transactions (
  transaction_id STRING NOT NULL, customer_id STRING NOT NULL, product_id STRING NOT NULL, quantity INT,
  unit_price DECIMAL(10,2), total_amount DECIMAL(12,2), payment_method STRING, channel STRING, status STRING,
  transaction_ts TIMESTAMP, transaction_date DATE, is_late BOOLEAN, delivery STRING
) USING delta COMMENT 'Sales in MAD, is_late: came with a later delivery than its day';

CREATE TABLE IF NOT EXISTS silver.web_events (
  event_id STRING NOT NULL, customer_id STRING, session_id STRING, event_type STRING, device STRING, url STRING,
  referrer STRING, load_ms BIGINT, product_id STRING, event_ts TIMESTAMP, event_date DATE, delivery STRING
) USING delta COMMENT 'Web events, flat';

CREATE TABLE IF NOT EXISTS silver.quarantine (
  source STRING NOT NULL, delivery STRING NOT NULL, reason STRING, record STRING
) USING delta COMMENT 'Records that cannot be used, and why';

-- Customers ---------------------------------------------------------------------------------------------------------

CREATE OR REPLACE TEMPORARY VIEW clean_customers AS
SELECT customer_id, first_name, last_name, email, city, segment, registration_date, updated_at
FROM (
  SELECT trim(customer_id) AS customer_id, trim(first_name) AS first_name, trim(last_name) AS last_name,
    lower(trim(email)) AS email, trim(city) AS city, trim(segment) AS segment,
    CAST(registration_date AS DATE) AS registration_date, CAST(updated_at AS DATE) AS updated_at,
    row_number() OVER (PARTITION BY trim(customer_id) ORDER BY CAST(updated_at AS DATE) DESC, email) AS nth
  FROM bronze.customers
  WHERE _delivery = '${delivery}' AND _corrupt_record IS NULL
    AND trim(customer_id) <> '' AND CAST(registration_date AS DATE) IS NOT NULL AND CAST(updated_at AS DATE) IS NOT NULL
) AS ranked
WHERE nth = 1;

-- A changed customer comes twice: by key, to end the version that was true until now, and without a key, which matches
-- nothing and so becomes the new version. The first version of a customer starts with the registration.
MERGE INTO silver.customers AS t
USING (
  SELECT customer_id AS merge_key, registration_date AS starts_on, c.* FROM clean_customers AS c
  UNION ALL
  SELECT CAST(NULL AS STRING) AS merge_key, c.updated_at AS starts_on, c.*
  FROM clean_customers AS c
  JOIN silver.customers AS v ON v.customer_id = c.customer_id AND v.is_current
  WHERE c.updated_at > v.updated_at
    AND NOT (c.first_name <=> v.first_name AND c.last_name <=> v.last_name AND c.email <=> v.email
      AND c.city <=> v.city AND c.segment <=> v.segment)
) AS s
ON t.customer_id = s.merge_key AND t.is_current
WHEN MATCHED AND s.updated_at > t.updated_at
    AND NOT (s.first_name <=> t.first_name AND s.last_name <=> t.last_name AND s.email <=> t.email
      AND s.city <=> t.city AND s.segment <=> t.segment)
  THEN UPDATE SET valid_to = s.updated_at, is_current = false
WHEN NOT MATCHED THEN INSERT
    (customer_id, first_name, last_name, email, city, segment, registration_date, updated_at, valid_from, valid_to, is_current)
  VALUES (s.customer_id, s.first_name, s.last_name, s.email, s.city, s.segment, s.registration_date, s.updated_at,
    s.starts_on, NULL, true);

-- Products ----------------------------------------------------------------------------------------------------------

MERGE INTO silver.products AS t
USING (
  SELECT product_id, product_name, category, brand, price, stock, delivery
  FROM (
    SELECT trim(product_id) AS product_id, trim(product_name) AS product_name, trim(category) AS category,
      trim(brand) AS brand, CAST(price AS DECIMAL(10,2)) AS price, CAST(stock AS INT) AS stock, _delivery AS delivery,
      row_number() OVER (PARTITION BY trim(product_id) ORDER BY price, stock) AS nth
    FROM bronze.products
    WHERE _delivery = '${delivery}' AND _corrupt_record IS NULL AND trim(product_id) <> '' AND CAST(price AS DECIMAL(10,2)) > 0
  ) AS ranked
  WHERE nth = 1
) AS s
ON t.product_id = s.product_id
WHEN MATCHED AND s.delivery > t.delivery
    AND NOT (s.product_name <=> t.product_name AND s.category <=> t.category AND s.brand <=> t.brand
      AND s.price <=> t.price AND s.stock <=> t.stock)
  THEN UPDATE SET *
WHEN NOT MATCHED THEN INSERT *;

-- Transactions ------------------------------------------------------------------------------------------------------

CREATE OR REPLACE TEMPORARY VIEW typed_transactions AS
SELECT trim(transaction_id) AS transaction_id, trim(customer_id) AS customer_id, trim(product_id) AS product_id,
  CAST(quantity AS INT) AS quantity, CAST(unit_price AS DECIMAL(10,2)) AS unit_price,
  CAST(total_amount AS DECIMAL(12,2)) AS total_amount, payment_method, channel, status,
  CAST(transaction_date AS TIMESTAMP) AS transaction_ts, CAST(transaction_date AS DATE) AS transaction_date,
  _delivery AS delivery, _corrupt_record,
  concat_ws(',', transaction_id, customer_id, product_id, quantity, unit_price, total_amount, payment_method, channel,
    status, transaction_date) AS record
FROM bronze.transactions
WHERE _delivery = '${delivery}';

-- The first reason that applies, or NULL for a sale that can be used.
CREATE OR REPLACE TEMPORARY VIEW judged_transactions AS
SELECT t.*,
  CASE
    WHEN t._corrupt_record IS NOT NULL THEN 'malformed line'
    WHEN t.transaction_id IS NULL OR t.transaction_id = '' THEN 'no transaction_id'
    WHEN t.customer_id IS NULL OR t.customer_id = '' THEN 'no customer_id'
    WHEN t.transaction_ts IS NULL THEN 'transaction_date is not a date'
    WHEN t.quantity IS NULL OR t.quantity <= 0 THEN 'quantity is not a positive number'
    WHEN t.total_amount IS NULL OR t.total_amount <= 0 THEN 'total_amount is not a positive amount'
    WHEN c.customer_id IS NULL THEN 'unknown customer'
    WHEN p.product_id IS NULL THEN 'unknown product'
  END AS reason
FROM typed_transactions AS t
LEFT JOIN silver.customers AS c ON c.customer_id = t.customer_id AND c.is_current
LEFT JOIN silver.products AS p ON p.product_id = t.product_id;

-- Sent twice in one delivery: one is kept. Sent again by a later delivery: what differs is corrected.
MERGE INTO silver.transactions AS t
USING (
  SELECT transaction_id, customer_id, product_id, quantity, unit_price, total_amount, payment_method, channel, status,
    transaction_ts, transaction_date,
    transaction_date < known_until AS is_late, delivery
  FROM (
    SELECT *, row_number() OVER (PARTITION BY transaction_id ORDER BY transaction_ts DESC, status, record) AS nth
    FROM judged_transactions
    WHERE reason IS NULL
  ) AS ranked
  CROSS JOIN (
    SELECT coalesce(max(transaction_date), DATE'1970-01-01') AS known_until
    FROM silver.transactions
    WHERE delivery < '${delivery}'
  ) AS earlier
  WHERE nth = 1
) AS s
ON t.transaction_id = s.transaction_id
WHEN MATCHED AND s.delivery > t.delivery
    AND NOT (s.customer_id <=> t.customer_id AND s.product_id <=> t.product_id AND s.quantity <=> t.quantity
      AND s.unit_price <=> t.unit_price AND s.total_amount <=> t.total_amount AND s.payment_method <=> t.payment_method
      AND s.channel <=> t.channel AND s.status <=> t.status AND s.transaction_ts <=> t.transaction_ts)
  THEN UPDATE SET customer_id = s.customer_id, product_id = s.product_id, quantity = s.quantity, unit_price = s.unit_price,
    total_amount = s.total_amount, payment_method = s.payment_method, channel = s.channel, status = s.status,
    transaction_ts = s.transaction_ts, transaction_date = s.transaction_date, delivery = s.delivery
WHEN NOT MATCHED THEN INSERT *;

-- Web events --------------------------------------------------------------------------------------------------------

MERGE INTO silver.web_events AS t
USING (
  SELECT event_id, customer_id, session_id, event_type, device, url, referrer, load_ms, product_id, event_ts,
    CAST(event_ts AS DATE) AS event_date, delivery
  FROM (
    SELECT event_id, customer_id, session_id, event_type, device, page.url AS url, page.referrer AS referrer,
      page.load_ms AS load_ms, product_id, CAST(event_time AS TIMESTAMP) AS event_ts, _delivery AS delivery,
      row_number() OVER (PARTITION BY event_id ORDER BY event_time DESC, session_id) AS nth
    FROM bronze.web_events
    WHERE _delivery = '${delivery}' AND _corrupt_record IS NULL AND event_id IS NOT NULL
  ) AS ranked
  WHERE nth = 1
) AS s
ON t.event_id = s.event_id
WHEN NOT MATCHED THEN INSERT *;

-- Quarantine --------------------------------------------------------------------------------------------------------

MERGE INTO silver.quarantine AS t
USING (
  SELECT DISTINCT source, delivery, reason, record
  FROM (
    SELECT 'transactions' AS source, delivery, reason, coalesce(_corrupt_record, record) AS record
    FROM judged_transactions WHERE reason IS NOT NULL
    UNION ALL
    SELECT 'customers', _delivery, CASE WHEN _corrupt_record IS NULL THEN 'no key or no date' ELSE 'malformed line' END,
      coalesce(_corrupt_record, concat_ws(',', customer_id, first_name, last_name, email, city, segment, registration_date, updated_at))
    FROM bronze.customers
    WHERE _delivery = '${delivery}' AND (_corrupt_record IS NOT NULL OR customer_id IS NULL OR trim(customer_id) = ''
      OR CAST(registration_date AS DATE) IS NULL OR CAST(updated_at AS DATE) IS NULL)
    UNION ALL
    SELECT 'web_events', _delivery, 'malformed line', coalesce(_corrupt_record, session_id)
    FROM bronze.web_events
    WHERE _delivery = '${delivery}' AND (_corrupt_record IS NOT NULL OR event_id IS NULL)
  ) AS bad
) AS s
ON t.source = s.source AND t.delivery = s.delivery AND t.record = s.record
WHEN NOT MATCHED THEN INSERT *;
