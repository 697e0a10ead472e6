-- Gold: the star schema and the figures, made from silver. Amounts are in MAD.
--
-- Dimensions and metrics are made anew from silver, fact_sales is merged, so that only sales that are new or have
-- changed are written. May be run again at any time.

CREATE DATABASE IF NOT EXISTS gold COMMENT 'Facts, dimensions and figures for reports';

-- One row for each version of a customer, customer_key names the version.
CREATE OR REPLACE TABLE gold.dim_customers USING delta COMMENT 'Customers, one row for each version' AS
SELECT concat(customer_id, '-', date_format(valid_from, 'yyyyMMdd')) AS customer_key, customer_id,
  concat_ws(' ', first_name, last_name) AS full_name, email, city, segment, registration_date,
  valid_from, valid_to, is_current,
  row_number() OVER (PARTITION BY customer_id ORDER BY valid_from) AS version
FROM silver.customers;

CREATE OR REPLACE TABLE gold.dim_products USING delta COMMENT 'Products' AS
SELECT product_id, product_name, category, brand, price, stock,
  CASE WHEN price < 500 THEN 'moins de 500' WHEN price < 5000 THEN '500 à 5 000' ELSE '5 000 et plus' END AS price_range
FROM silver.products;

CREATE OR REPLACE TABLE gold.dim_date USING delta COMMENT 'Days of 2023 to 2026' AS
SELECT CAST(date_format(day, 'yyyyMMdd') AS INT) AS date_key, day AS date_day, year(day) AS year, quarter(day) AS quarter,
  month(day) AS month, trunc(day, 'MM') AS month_start, weekofyear(day) AS iso_week, dayofweek(day) AS day_of_week,
  dayofweek(day) IN (1, 7) AS is_weekend
FROM (SELECT explode(sequence(DATE'2023-01-01', DATE'2026-12-31', INTERVAL 1 DAY)) AS day) AS days;

CREATE TABLE IF NOT EXISTS gold.fact_sales (
  transaction_id STRING NOT NULL, date_key INT, customer_key STRING, product_id STRING, quantity INT,
  unit_price DECIMAL(10,2), amount DECIMAL(12,2), payment_method STRING, channel STRING, status STRING
) USING delta COMMENT 'One row for each sale, with the version of the customer that was true on its day';

MERGE INTO gold.fact_sales AS t
USING (
  SELECT s.transaction_id, CAST(date_format(s.transaction_date, 'yyyyMMdd') AS INT) AS date_key, c.customer_key, s.product_id,
    s.quantity, s.unit_price, s.total_amount AS amount, s.payment_method, s.channel, s.status
  FROM silver.transactions AS s
  JOIN gold.dim_customers AS c
    ON c.customer_id = s.customer_id
    AND s.transaction_date >= c.valid_from AND (c.valid_to IS NULL OR s.transaction_date < c.valid_to)
) AS s
ON t.transaction_id = s.transaction_id
WHEN MATCHED AND NOT (s.date_key <=> t.date_key AND s.customer_key <=> t.customer_key AND s.product_id <=> t.product_id
    AND s.quantity <=> t.quantity AND s.unit_price <=> t.unit_price AND s.amount <=> t.amount
    AND s.payment_method <=> t.payment_method AND s.channel <=> t.channel AND s.status <=> t.status)
  THEN UPDATE SET *
WHEN NOT MATCHED THEN INSERT *
WHEN NOT MATCHED BY SOURCE THEN DELETE;

-- All figures of the reports in one table: grain says what a row is about.
CREATE OR REPLACE TABLE gold.metrics USING delta COMMENT 'Sales by day, month, category, month and category, and in all' AS
SELECT
  CASE grouping_id(d.date_day, d.month_start, p.category)
    WHEN 3 THEN 'day' WHEN 5 THEN 'month' WHEN 6 THEN 'category' WHEN 4 THEN 'month and category' ELSE 'all' END AS grain,
  coalesce(d.date_day, d.month_start) AS period,
  p.category,
  count(*) AS sales,
  sum(f.quantity) AS units,
  count(DISTINCT c.customer_id) AS customers,
  sum(f.amount) AS turnover,
  CAST(avg(f.amount) AS DECIMAL(12,2)) AS mean_basket
FROM gold.fact_sales AS f
JOIN gold.dim_date AS d ON d.date_key = f.date_key
JOIN gold.dim_products AS p ON p.product_id = f.product_id
JOIN gold.dim_customers AS c ON c.customer_key = f.customer_key
GROUP BY GROUPING SETS ((d.date_day), (d.month_start), (p.category), (d.month_start, p.category), ());
