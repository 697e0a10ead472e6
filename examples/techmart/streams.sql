-- TechMart live: payments and web events from Kafka to fraud alerts and reports. Give the broker first:
--   SET brokers=localhost:9092
-- and run this file, or argan demo --stream, which has a broker of its own. Run again it changes nothing: streams go on where they were.

CREATE SCHEMA IF NOT EXISTS bronze;
CREATE SCHEMA IF NOT EXISTS silver;
CREATE SCHEMA IF NOT EXISTS gold;
CREATE SCHEMA IF NOT EXISTS fraud;

-- Bronze: what came, parsed, with its place in the topic. FAILFAST makes what cannot be parsed an error of that message alone,
-- which then goes, raw, to bronze.transactions_live_quarantine.
CREATE OR REFRESH STREAMING TABLE bronze.transactions_live
COMMENT 'Payments as they came'
AS SELECT m.*, `partition`, `offset`, timestamp AS received
   FROM (SELECT from_json(CAST(value AS STRING),
                  'transaction_id STRING, customer_id STRING, product_id STRING, quantity INT, unit_price DECIMAL(12,2), total_amount DECIMAL(12,2),
                   payment_method STRING, channel STRING, city STRING, card STRUCT<bin: STRING, country: STRING, kind: STRING>, transaction_date TIMESTAMP',
                  map('mode', 'FAILFAST')) AS m, `partition`, `offset`, timestamp
         FROM STREAM read_kafka(bootstrapServers => '${brokers}', subscribe => 'techmart.transactions', startingOffsets => 'earliest'));

CREATE OR REFRESH STREAMING TABLE bronze.web_events_live
COMMENT 'Web events as they came'
AS SELECT m.*, `partition`, `offset`, timestamp AS received
   FROM (SELECT from_json(CAST(value AS STRING),
                  'event_id STRING, customer_id STRING, session_id STRING, event_type STRING, device STRING,
                   page STRUCT<url: STRING, referrer: STRING, load_ms: INT>, product_id STRING, event_time TIMESTAMP',
                  map('mode', 'FAILFAST')) AS m, `partition`, `offset`, timestamp
         FROM STREAM read_kafka(bootstrapServers => '${brokers}', subscribe => 'techmart.web_events', startingOffsets => 'earliest'));

-- Where cities are, for the rule of impossible travel.
CREATE OR REPLACE TABLE silver.cities AS
SELECT * FROM VALUES
  ('Casablanca', 33.57, -7.59), ('Rabat', 34.02, -6.84), ('Marrakech', 31.63, -7.98), ('Fès', 34.02, -5.01), ('Tanger', 35.76, -5.83),
  ('Agadir', 30.43, -9.60), ('Meknès', 33.90, -5.55), ('Oujda', 34.68, -1.91), ('Kénitra', 34.26, -6.58), ('Tétouan', 35.57, -5.37),
  ('Safi', 32.30, -9.24), ('El Jadida', 33.25, -8.51), ('Paris', 48.86, 2.35), ('Istanbul', 41.01, 28.98), ('Dubaï', 25.20, 55.27),
  ('Montréal', 45.50, -73.57)
  AS t(city, latitude, longitude);

-- Silver: each payment once. A producer that is not sure sends again. The key of a message is its customer, so both copies are in one
-- partition, and the copy with the lower offset is the first: of two in one batch the second goes too. bronze.transactions_live
-- without STREAM is the table as it is when the batch is made, with all rows of the batch in it.
CREATE OR REFRESH STREAMING TABLE silver.transactions_live (
  CONSTRAINT has_id EXPECT (transaction_id IS NOT NULL) ON VIOLATION DROP ROW,
  CONSTRAINT has_customer EXPECT (customer_id IS NOT NULL) ON VIOLATION DROP ROW,
  CONSTRAINT positive_amount EXPECT (total_amount > 0) ON VIOLATION DROP ROW,
  CONSTRAINT known_city EXPECT (latitude IS NOT NULL),
  CONSTRAINT on_time EXPECT (event_time >= received - INTERVAL 1 MINUTE))
COMMENT 'Payments, each once, checked'
AS SELECT t.transaction_id, t.customer_id, t.product_id, t.quantity, t.total_amount, t.payment_method, t.channel, t.city, c.latitude, c.longitude, t.card,
          t.transaction_date AS event_time, t.received, t.`partition`, t.`offset`
   FROM STREAM bronze.transactions_live AS t
   LEFT JOIN silver.cities AS c ON c.city = t.city
   WHERE NOT EXISTS (SELECT 1 FROM bronze.transactions_live AS first
                     WHERE first.transaction_id = t.transaction_id AND first.`partition` = t.`partition` AND first.`offset` < t.`offset`);

CREATE OR REFRESH STREAMING TABLE silver.web_events_live (
  CONSTRAINT has_id EXPECT (event_id IS NOT NULL) ON VIOLATION DROP ROW,
  CONSTRAINT loaded EXPECT (load_ms < 10000))
COMMENT 'Web events, each once'
AS SELECT e.event_id, e.customer_id, e.session_id, e.event_type, e.device, e.page.referrer AS referrer, e.page.load_ms AS load_ms, e.product_id, e.event_time, e.received
   FROM STREAM bronze.web_events_live AS e
   WHERE NOT EXISTS (SELECT 1 FROM bronze.web_events_live AS first
                     WHERE first.event_id = e.event_id AND first.`partition` = e.`partition` AND first.`offset` < e.`offset`);

-- Alerts: one table, a flow for each rule. "Before" is the order of messages, which batches cannot change: rules that look back do so
-- in the customer's partition up to the payment's offset, so they answer the same however the messages are cut into batches.
CREATE OR REFRESH STREAMING TABLE fraud.alerts (
  rule STRING, transaction_id STRING, customer_id STRING, amount DECIMAL(12,2), city STRING, event_time TIMESTAMP,
  received TIMESTAMP COMMENT 'When the message came to the broker', raised TIMESTAMP COMMENT 'When the batch with the alert was made', detail STRING)
COMMENT 'Payments to look at, and why';

CREATE FLOW IF NOT EXISTS fraud_high_amount AS INSERT INTO fraud.alerts BY NAME
SELECT 'high_amount' AS rule, t.transaction_id, t.customer_id, t.total_amount AS amount, t.city, t.event_time, t.received, current_timestamp() AS raised,
       concat(t.total_amount, ' MAD') AS detail
FROM STREAM silver.transactions_live AS t
WHERE t.total_amount > 50000;

-- More than five payments of a customer within 60 seconds: raised at the sixth, and again only when a sixth is reached again.
-- The 60 seconds end with the payment itself, by the time it was made.
CREATE FLOW IF NOT EXISTS fraud_velocity AS INSERT INTO fraud.alerts BY NAME
SELECT 'velocity' AS rule, t.transaction_id, t.customer_id, t.total_amount AS amount, t.city, t.event_time, t.received, current_timestamp() AS raised,
       'the sixth payment within 60 seconds' AS detail
FROM STREAM silver.transactions_live AS t
WHERE (SELECT count(*) FROM silver.transactions_live AS p
       WHERE p.customer_id = t.customer_id AND p.`offset` <= t.`offset`
         AND p.event_time > t.event_time - INTERVAL 60 SECONDS AND p.event_time <= t.event_time) = 6;

-- Two cities more than 100 km apart, with less time between the payments than a flight takes (900 km/h).
CREATE FLOW IF NOT EXISTS fraud_impossible_travel AS INSERT INTO fraud.alerts BY NAME
SELECT 'impossible_travel' AS rule, t.transaction_id, t.customer_id, t.total_amount AS amount, t.city, t.event_time, t.received, current_timestamp() AS raised,
       concat('too far from an earlier payment to be in ', t.city) AS detail
FROM STREAM silver.transactions_live AS t
WHERE EXISTS (SELECT 1 FROM silver.transactions_live AS p
              WHERE p.customer_id = t.customer_id AND p.`offset` < t.`offset` AND p.city <> t.city
                AND abs(unix_millis(t.event_time) - unix_millis(p.event_time)) / 3600000 * 900 + 100 <
                    12742 * asin(sqrt(pow(sin(radians(t.latitude - p.latitude) / 2), 2)
                                      + cos(radians(t.latitude)) * cos(radians(p.latitude)) * pow(sin(radians(t.longitude - p.longitude) / 2), 2))));

-- The first payment of a customer, by a prepaid card from abroad.
CREATE FLOW IF NOT EXISTS fraud_risky_first_card AS INSERT INTO fraud.alerts BY NAME
SELECT 'risky_first_card' AS rule, t.transaction_id, t.customer_id, t.total_amount AS amount, t.city, t.event_time, t.received, current_timestamp() AS raised,
       concat('first payment, by a prepaid card from ', t.card.country, ', ', t.card.bin) AS detail
FROM STREAM silver.transactions_live AS t
WHERE t.card.kind = 'prepaid' AND t.card.country <> 'MA'
  AND NOT EXISTS (SELECT 1 FROM silver.transactions_live AS p WHERE p.customer_id = t.customer_id AND p.`offset` < t.`offset`);

-- Gold: the last hour by the minute, fresh within seconds.
CREATE OR REPLACE MATERIALIZED VIEW gold.live_metrics SCHEDULE EVERY 5 SECONDS
AS SELECT date_trunc('MINUTE', t.event_time) AS minute, count(*) AS payments, sum(t.total_amount) AS turnover, round(avg(t.total_amount), 2) AS mean_basket,
          count(DISTINCT t.customer_id) AS customers, count_if(a.transaction_id IS NOT NULL) AS alerted
   FROM silver.transactions_live AS t
   LEFT JOIN (SELECT DISTINCT transaction_id FROM fraud.alerts) AS a ON a.transaction_id = t.transaction_id
   WHERE t.event_time >= current_timestamp() - INTERVAL 1 HOUR
   GROUP BY ALL;

-- The report of each day by city, made every morning at six.
CREATE OR REPLACE MATERIALIZED VIEW gold.daily_report SCHEDULE CRON '0 6 * * *' AT TIME ZONE 'Africa/Casablanca'
AS SELECT to_date(t.event_time) AS day, t.city, count(*) AS payments, count(DISTINCT t.customer_id) AS customers, sum(t.total_amount) AS turnover,
          round(avg(t.total_amount), 2) AS mean_basket, count_if(a.transaction_id IS NOT NULL) AS alerted,
          coalesce(sum(t.total_amount) FILTER (WHERE a.transaction_id IS NOT NULL), 0) AS amount_alerted
   FROM silver.transactions_live AS t
   LEFT JOIN (SELECT DISTINCT transaction_id FROM fraud.alerts) AS a ON a.transaction_id = t.transaction_id
   GROUP BY ALL;

-- Not here yet: silver.customers with its history from a stream of changes, which wants AUTO CDC. 02_silver.sql keeps it by MERGE.
